// A denoiser views its mixture, so the mixture must have a name.
// expect: use of deleted function|uses deleted function
#include <cdl/denoiser/optimal.hpp>

auto dangling() {
    using mixture = cdl::distribution::gaussian_mixture<double, 1, cdl::distribution::covariance::isotropic>;
    return cdl::denoiser::optimal(mixture({1.0}, {0.0}, {1.0}));
}
