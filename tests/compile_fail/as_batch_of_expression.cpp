// An expression of Eigen has no memory that could be viewed.
// expect: no matching function for call to [^a-z]*as_batch
#include <cdl/adapter/eigen.hpp>

auto nothing(const Eigen::MatrixXd& m) {
    const auto twice = m * 2.0;
    return cdl::as_batch(twice);
}
