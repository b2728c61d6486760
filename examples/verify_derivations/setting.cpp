// SPDX-License-Identifier: MIT
#include <cdl/channel/noising.hpp>

#include "../support/fast_policy.hpp"
#include "checks.hpp"

#include <algorithm>
#include <cmath>

namespace verify {

double power_of_ten_above(double x) {
    return std::pow(10, std::ceil(std::log10(x) - 1e-9));
}

noisy_batch draw_noisy(const setting& s, std::uint64_t seed, index_t n, double a) {
    noisy_batch b{s.library->draw(seed, n), numbers(static_cast<std::size_t>(n * s.data.d)), {}};
    b.z.resize(b.x.size());
    const support::fast_policy policy;
    cdl::batch_view<double> eps(b.eps.data(), n, s.data.d);
    cdl::channel::draw_noise(policy, {seed, cdl::random::purpose::channel}, 0, eps);
    cdl::channel::add_noise(policy, cdl::as_batch(std::as_const(b.x), s.data.d), cdl::log_snr{a}, eps,
                            cdl::batch_view<double>(b.z.data(), n, s.data.d));
    return b;
}

setting::setting(const data_set& d, std::function<void(const std::string&)> on_progress)
    : data(d), scale(scales_of(d)), library(make_model(d)), truth(d), progress(std::move(on_progress)) {
    const auto K = static_cast<double>(data.size());

    // Rounding a coordinate moves a point by a part of the narrowest component, and a distance is a square. The smallest
    // eigenvalue of a covariance is as good as the largest is rounded.
    condition = data.built_in ? 1 : 10 * std::fmax(scale.skew, scale.largest / scale.narrowest);

    rule.center = data.built_in ? 0 : scale.center;
    rule.tolerance = data.d == 1 ? 1e-11 : 1e-8;
    if (data.built_in) { // known to be enough: see the figure of the nodes
        rule.level_nodes = data.d == 1 ? 48 : 40;
        rule.noise_nodes = data.d == 1 ? 256 : 64;
    }
    by_quadrature = data.d == 1 ? K <= 2000 : data.d == 2 && K <= 8;

    sampling.law = {scale.center, std::fmax(2, scale.reach / 3)};
    // about 1e9 evaluations of a component in all, spread over points and lines
    sampling.levels = static_cast<index_t>(std::clamp(2e7 / (K * static_cast<double>(data.d)), 1024.0, 65536.0));
    sampling.seed = 7;

    const index_t n = data.d == 1 ? (K <= 32 ? 15 : 6) : by_quadrature ? 4 : 8;
    points = library->draw(1, n);
    if (data.d == 1 && data.built_in) points.insert(points.end(), {-9, 0, 0.125, 4, 9}); // also where there is no data

    const double shift = data.built_in ? 0 : scale.clean;
    zetas = {shift - 1, shift + 2, shift + 6, shift + 10};
    const double middle = data.built_in ? 0 : std::round(scale.middle);
    double cost = 0;
    for (const double a : {-8.0, -5.0, -3.0, -1.5, 0.0, 1.5, 3.0, 5.0, 8.0}) {
        const index_t count = data.d == 1 && K <= 32 ? 12 : 4;
        const auto batch = draw_noisy(*this, 2, count, middle + a);
        cost += static_cast<double>(count) * truth.brute_force_cost(middle + a);
        for (index_t i = 0; i < count; ++i) {
            const auto cut = [&](const numbers& all) {
                return numbers(all.begin() + i * data.d, all.begin() + (i + 1) * data.d);
            };
            probes.push_back({cut(batch.x), cut(batch.eps), cut(batch.z), middle + a, std::nullopt});
        }
    }
    by_brute_force = cost < 2e8; // seconds
    if (!by_brute_force) return;
    for (probe& p : probes) {
        if (progress) progress(data.label + ": posteriors by brute force");
        p.brute = truth.brute_force(p.z, p.a);
    }
}

// Near z the log odds of two components change by their distance in widths, if they are as likely there; with the level, which
// moves them, by that from the origin. A narrow component gives way to a wide one where its log density is down by the
// logarithm of their widths.
setting::steps setting::steps_at(double a) const {
    const double width = narrowest_at(scale, a), S = static_cast<double>(signal(a));
    const double odds = static_cast<double>(data.d) * std::log(scale.spread / scale.narrowest);
    const auto power_of_two_below = [](double x) { return std::exp2(std::floor(std::log2(x))); };
    const double apart = 1 + S * scale.extent / width + odds, away = 1 + S * scale.largest / width + odds;
    return {power_of_two_below(0x1p-8 * width / apart), power_of_two_below(0x1p-8 / away),
            power_of_two_below(0x1p-8 / apart)};
}

double setting::bound(double built_in) const {
    return data.built_in ? built_in : power_of_ten_above(built_in * condition);
}

double setting::integral_bound(double built_in_1d, double built_in_2d) const {
    if (!by_quadrature) return 5;
    if (data.built_in) return data.d == 1 ? built_in_1d : built_in_2d;
    return data.d == 1 ? 1e-10 : 1e-8;
}

std::string setting::by() const {
    if (by_quadrature) return "by quadrature";
    return "by Monte Carlo, " + std::to_string(sampling.levels) + " levels a point, in standard errors";
}

} // namespace verify
