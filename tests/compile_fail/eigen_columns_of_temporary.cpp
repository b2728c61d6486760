// The columns of a matrix that is gone at the end of the line are refused.
// expect: the view would outlive the temporary: give the matrix a name
#include <cdl/adapter/eigen.hpp>

auto dangling() {
    return cdl::as_batch_of_columns(Eigen::MatrixXd(2, 3));
}
