// SPDX-License-Identifier: MIT
#pragma once

// What a network is fed when its input has Fourier features [VDM app. C]: the noisy points, and the sines and cosines of their
// coordinates at frequencies that double.

#include <cdl/exec/policy.hpp>
#include <cdl/math/fourier_features.hpp>

namespace cdl::denoiser {

/// The powers of two n_min, ..., n_max of the frequencies. VDM's are 7 and 8.
struct fourier_features {
    int n_min = 7;
    int n_max = 8;

    CDL_HD index_t count() const { return static_cast<index_t>(n_max) - n_min + 1; }
    /// The width of what is made of points of d coordinates: d (1 + 2 count).
    CDL_HD index_t width(index_t d) const { return d * (1 + 2 * count()); }

    /// features[i] = (z_i, sin(2^n_min pi z_i), cos(2^n_min pi z_i), ..., sin(2^n_max pi z_i), cos(2^n_max pi z_i)), each of
    /// them d numbers. z: n x d, features: n x width(d), not overlapping. Throws std::invalid_argument when shapes
    /// differ, and unless n_min <= n_max. [VDM eq. 34]
    template <exec::policy P, batch Z, writable_batch F>
    void operator()(const P& policy, const Z& z, F&& features) const;
};

namespace detail {

/// The features of one point.
template <class Z, class F>
struct with_fourier_features {
    fourier_features settings;
    Z z;
    F features;

    CDL_HD void operator()(index_t i) const {
        const index_t d = z.dim();
        for (index_t j = 0; j < d; ++j) {
            features(i, j) = z(i, j);
            for (int n = settings.n_min; n <= settings.n_max; ++n) {
                const index_t first = d * (1 + 2 * static_cast<index_t>(n - settings.n_min));
                const auto feature = math::fourier_feature(z(i, j), n);
                features(i, first + j) = feature.sine;
                features(i, first + d + j) = feature.cosine;
            }
        }
    }
};

} // namespace detail

template <exec::policy P, batch Z, writable_batch F>
void fourier_features::operator()(const P& policy, const Z& z, F&& features) const {
    const auto from = exec::view_on(policy, z);
    const auto to = exec::view_on(policy, features);
    constexpr auto where = "cdl::denoiser::fourier_features";
    require(n_min <= n_max, where, "n_max", "must not be below n_min", n_max, " against ", n_min);
    require(to.size() == from.size() && (from.size() == 0 || to.dim() == width(from.dim())), where, "features",
            "must have d (1 + 2 count) numbers for each point", to.size(), " x ", to.dim(), " for ", from.size(), " x ",
            from.dim(), " and ", count(), " frequencies");
    require_writable(to, where, "features");
    policy.for_each_index(from.size(), detail::with_fourier_features{*this, from, to});
}

} // namespace cdl::denoiser
