// Memory of a device is not reached by a policy of the host: a denoiser.
// expect: cdl: the batch and the policy live in different memory
#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/serial.hpp>

#include "device_policy.hpp"

void denoise(const cdl::distribution::gaussian_mixture<double, 2>& mixture, device_batch<double> z,
             device_batch<double> eps_hat) {
    const cdl::denoiser::optimal optimal(mixture);
    optimal(cdl::exec::serial{}, z, cdl::log_snr<double>{0}, eps_hat);
}
