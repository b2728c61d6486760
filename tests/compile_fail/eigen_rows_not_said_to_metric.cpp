// Samples as NumPy hands them over, n x 2 and row-major, are not read as 2 points.
// expect: an Eigen matrix that is row-major, or has a fixed number of columns, may hold a point in each row .n x d. or in each column .d x n.: say which by as_batch_of_rows.m. or as_batch_of_columns.m.
// flags: -Wfatal-errors
#include <cdl/cdl.hpp>

using rows = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, 2, Eigen::RowMajor>>;

double compared(const rows& x, const rows& y) {
    const auto k = cdl::metric::gaussian<double>::with_standard_deviation(1);
    return cdl::metric::mmd(cdl::exec::serial{}, k, x, y).unbiased;
}
