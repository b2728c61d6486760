// Memory of a device is not reached by a policy of the host: a density.
// expect: cdl: the batch and the policy live in different memory
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/exec/serial.hpp>

#include "device_policy.hpp"

auto density(const cdl::distribution::gaussian_mixture<double, 2>& mixture, device_batch<double> x) {
    return cdl::density::nll(cdl::exec::serial{}, cdl::denoiser::optimal(mixture), x, cdl::density::monte_carlo{});
}
