// A column-major matrix with any number of rows of 2 numbers looks like points in rows.
// expect: an Eigen matrix that is row-major, or has a fixed number of columns, may hold a point in each row .n x d. or in each column .d x n.: say which by as_batch_of_rows.m. or as_batch_of_columns.m.
// flags: -Wfatal-errors
#include <cdl/cdl.hpp>

auto of_rows(const Eigen::Matrix<double, Eigen::Dynamic, 2>& x) {
    return cdl::metric::moments(cdl::exec::serial{}, x);
}
