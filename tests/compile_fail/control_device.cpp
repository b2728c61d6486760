// The control of memory: parameters, batches and levels of a device, for a policy of a device.
// expect: success
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/distribution/empirical.hpp>

#include "device_policy.hpp"

void use(const cdl::distribution::gaussian_mixture<double, 2>& mixture,
         const cdl::distribution::empirical<double, 2>& data, device_batch<double> x, device_batch<double> z) {
    const device_policy policy;
    const auto mixture_there = mixture.on(policy);
    mixture_there.draw(policy, {1, cdl::random::purpose::user}, 0, x);
    cdl::channel::add_noise(policy, x, cdl::log_snr<double>{0}, x, z);
    const cdl::denoiser::optimal optimal(mixture_there);
    optimal(policy, z, cdl::log_snr<double>{0}, x);
    cdl::density::nll(policy, optimal, x, cdl::density::monte_carlo{});
    cdl::density::nll(policy, optimal, x, cdl::density::quadrature{});
    const auto data_there = data.on(policy);
    data_there.draw(policy, {1, cdl::random::purpose::user}, 0, x);
}
