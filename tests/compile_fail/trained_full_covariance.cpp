// Full covariances have no cotangents.
// expect: cdl: full covariances cannot be trained: use a diagonal or isotropic mixture
#include <cdl/denoiser/trainable_mixture.hpp>

auto trained(const cdl::distribution::gaussian_mixture<double, 2>& mixture) {
    return cdl::denoiser::trainable_mixture(mixture);
}
