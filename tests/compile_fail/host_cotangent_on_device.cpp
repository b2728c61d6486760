// The cotangent lies where the points lie.
// expect: cdl: the batch and the policy live in different memory
#include <cdl/denoiser/trainable_mixture.hpp>

#include "device_policy.hpp"

void pull_back(const cdl::denoiser::trainable_mixture<double, 2>& f, device_batch<const double> z,
               const std::vector<std::array<double, 2>>& cotangent, std::vector<double>& gradient) {
    f.pull_back(device_policy{}, z, cdl::log_snr{0.}, cotangent, gradient);
}
