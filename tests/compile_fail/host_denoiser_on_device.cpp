// Parameters in memory of the host are not reached by a policy of a device: a batch of points.
// expect: cdl: the parameters of the denoiser and the policy live in different memory
#include <cdl/denoiser/optimal.hpp>

#include "device_policy.hpp"

void denoise(const cdl::distribution::gaussian_mixture<double, 2>& mixture, device_batch<double> z,
             device_batch<double> eps_hat) {
    const cdl::denoiser::optimal optimal(mixture);
    optimal(device_policy{}, z, cdl::log_snr<double>{0}, eps_hat);
}
