// Parameters in memory of the host are not reached by a policy of a device: a density.
// expect: cdl: the parameters of the denoiser and the policy live in different memory
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/nll.hpp>

#include "device_policy.hpp"

auto density(const cdl::distribution::gaussian_mixture<double, 2>& mixture, device_batch<double> x) {
    return cdl::density::nll(device_policy{}, cdl::denoiser::optimal(mixture), x, cdl::density::monte_carlo{});
}
