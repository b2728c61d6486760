// A row-major matrix may hold its points in rows or in columns, and as_batch does not guess.
// expect: an Eigen matrix that is row-major, or has a fixed number of columns, may hold a point in each row .n x d. or in each column .d x n.: say which by as_batch_of_rows.m. or as_batch_of_columns.m.
// flags: -Wfatal-errors
#include <cdl/adapter/eigen.hpp>

auto points(Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>& m) {
    return cdl::as_batch(m);
}
