// A view of a matrix that is gone at the end of the line is refused.
// expect: the view would outlive the temporary: give the container a name
#include <cdl/adapter/eigen.hpp>

auto dangling() {
    return cdl::as_batch(Eigen::MatrixXd(2, 3));
}
