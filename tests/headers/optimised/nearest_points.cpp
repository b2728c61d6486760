// SPDX-License-Identifier: MIT
// The nearest points of a cloud, one query at a time, which g++ 14 inlines into its caller, warnings of a system header included.

#include <cdl/denoiser/empirical_top_k.hpp>

#include <array>

namespace {

template <class T, cdl::index_t D>
T ask(const cdl::distribution::empirical<T, D>& cloud, cdl::index_t k) {
    const auto f = cdl::denoiser::top_k(cdl::denoiser::empirical(cloud), k);
    const std::array<T, 2> z{1, 2};
    std::array<T, 2> eps_hat{};
    return f(z, cdl::log_snr<T>{T(1)}, eps_hat) + eps_hat[0];
}

} // namespace

double nearest_points(const cdl::distribution::empirical<double>& cloud, cdl::index_t k);
float nearest_points(const cdl::distribution::empirical<float, 2>& cloud, cdl::index_t k);

double nearest_points(const cdl::distribution::empirical<double>& cloud, cdl::index_t k) {
    return ask(cloud, k) + ask(cloud, 1);
}
float nearest_points(const cdl::distribution::empirical<float, 2>& cloud, cdl::index_t k) {
    return ask(cloud, k) + ask(cloud, 64);
}
