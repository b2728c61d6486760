// SPDX-License-Identifier: MIT
// The form of the empirical denoiser that devices run: its passes are the same on the host, where Eigen multiplies.

#include <cdl/denoiser/detail/empirical_products.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/exec/serial.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace cdl;

namespace {

template <class T>
std::vector<T> normals(index_t count, std::uint64_t seed) {
    std::vector<T> numbers(static_cast<std::size_t>(count));
    const random::noise_stream stream{seed, random::purpose::user};
    for (index_t i = 0; i < count; ++i)
        numbers[static_cast<std::size_t>(i)] = static_cast<T>(random::normal(stream, 0, i));
    return numbers;
}

/// The largest difference from the form that adds differences.
template <class T>
double difference(index_t n, index_t m, index_t d, T width, const std::vector<log_snr<T>>& own_levels) {
    const exec::serial policy;
    auto x = normals<T>(n * d, 1);
    const auto z = normals<T>(m * d, 2);
    const distribution::empirical<T> data(std::move(x), d, distribution::kernel_width{width});
    const denoiser::empirical exact(data);
    const denoiser::detail::estimate_by_products products(policy, data.view());
    const batch_view<const T> from(z.data(), m, d);
    const level_view<T> levels =
        own_levels.size() == 1 ? level_view<T>(own_levels[0]) : level_view<T>(own_levels.data(), m);
    std::vector<T> want(z.size()), got(z.size());
    exact(policy, from, levels, batch_view<T>(want.data(), m, d));
    products(from, levels, batch_view<T>(got.data(), m, d));
    double worst = 0;
    for (std::size_t i = 0; i < z.size(); ++i) worst = std::max(worst, std::abs(double(got[i]) - double(want[i])));
    CHECK(worst <= 8 * double(products.products_lose(from, levels)) + 64 * double(std::numeric_limits<T>::epsilon()));
    return worst;
}

} // namespace

TEST_CASE("through matrix products the empirical denoiser is the same to the bound that it states") {
    for (const double a : {-20., -3., 0., 2., 5.}) {
        CAPTURE(a);
        CHECK(difference<double>(597, 65, 100, 0.25, {log_snr{a}}) <= 1e-10);
        CHECK(difference<double>(1, 7, 65, 0., {log_snr{a}}) <= 1e-10);
        CHECK(difference<float>(5000, 33, 784, 0.f, {log_snr{static_cast<float>(a)}}) <= 2e-2);
    }
}

TEST_CASE("through matrix products every query has its own level, and blocks may be incomplete") {
    std::vector<log_snr<double>> levels;
    for (int q = 0; q < 40; ++q) levels.push_back(log_snr{q / 8. - 2.5});
    CHECK(difference<double>(4099, 40, 70, 0.5, levels) <= 1e-10);
}
