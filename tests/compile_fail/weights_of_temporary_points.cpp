// So are the weights of points for averages.
// expect: would outlive its owner
#include <cdl/distribution/quadrature_points.hpp>

const std::vector<double>& dangling(const cdl::distribution::gaussian_mixture<double, 1>& mixture) {
    return cdl::distribution::quadrature_points(mixture).weights();
}
