// SPDX-License-Identifier: MIT
#pragma once

// What is asked of a deterministic integral, and what comes back: a value, what it took, and whether it is to be believed.

#include <cdl/core/checks.hpp>
#include <cdl/core/index.hpp>
#include <cdl/core/scalar.hpp>

namespace cdl::density {

/// How to integrate deterministically. Works for 1 and 2 dimensions.
struct quadrature {
    /// Nodes are doubled until that changes the result by less than `tolerance` times the sum of the absolute
    /// contributions, or until only rounding is left; what remains is far smaller, because the rules converge
    /// geometrically. Tolerances below 64 epsilon of the scalar are taken as that.
    double tolerance = 1e-10;
    /// The level at the middle of a rule whose `level_nodes` are fixed, and where others start to look: 0 for data of unit
    /// scale; for data of variance v about -log(v) / 2, half way between the levels at which the noise is as wide as the data
    /// and as wide as a standard normal number.
    double center = 0;
    /// A fixed number of levels; 0 looks for the levels that matter, and doubles from 24 to 384 or, where they are far
    /// apart, from more.
    index_t level_nodes = 0;
    /// A fixed even number of noise intervals along each coordinate, at most 3840; 0 doubles from 48 to 3072 (1-D) or 1536
    /// (2-D), for each level anew. Fewer than 24 are never said to have converged: half of them are coarser than the noise.
    index_t noise_nodes = 0;
    /// Evaluations of the denoiser for one point beyond which nodes are no longer doubled.
    index_t most_calls = index_t{1} << 24;
};

/// An integral by quadrature and what it took.
template <class T>
struct quadrature_result {
    T value;
    T last_change; ///< what the last doubling of the levels changed, or, of a single level, that of the noise; the error is
                   ///< smaller, but that of rounding is not in it. NaN if fixed.
    index_t level_nodes;    ///< levels in the final rule
    index_t noise_nodes;    ///< intervals along each coordinate at the level that took most
    index_t denoiser_calls; ///< evaluations of the denoiser at one point, all attempts included
    bool
        converged; ///< false if the nodes ran out, or were fixed, before the tolerance was met; if the integrand was not
                   ///< seen to fall to nothing at both ends; and for NaN

    /// Counts the evaluations of one level.
    void admit(index_t intervals, index_t calls) {
        noise_nodes = noise_nodes < intervals ? intervals : noise_nodes;
        denoiser_calls += calls;
    }

    /// The result for offset + factor value, factor > 0.
    quadrature_result mapped(const T& offset, const T& factor) const {
        auto result = *this;
        result.value = T(offset + factor * value);
        result.last_change = T(factor * last_change);
        return result;
    }
};

namespace detail {

/// The tolerance that can be asked of numbers of type T.
template <class T>
T tolerance_of(const quadrature& rule) {
    return max_of(T(rule.tolerance), T(T(64) * std::numeric_limits<T>::epsilon()));
}

/// How far the noise is followed: beyond, a normal number is with a probability below the epsilon of T.
template <class T>
T noise_range() {
    using std::log, std::sqrt;
    return max_of(T(8.5), T(sqrt(T(T(-2) * log(std::numeric_limits<T>::epsilon())))));
}

/// Whether half of so many intervals still resolve a normal number, so that what doubling them changed says something.
template <class T>
bool half_resolves_noise(index_t intervals) {
    return T(4) * noise_range<T>() <= T(1.5) * T(static_cast<double>(intervals));
}

/// What a doubling may change: the tolerance times the sum of the absolute contributions, and the rounding of `rounded` numbers
/// of size one, which is what squared errors of noise are.
template <class T>
T allowed_change(const quadrature& rule, const T& size, index_t rounded) {
    return T(tolerance_of<T>(rule) * size + T(T(16) * std::numeric_limits<T>::epsilon()) * T(rounded));
}

/// Throws unless the noise nodes are fixed within reason, or chosen.
inline void require_noise_nodes(const quadrature& rule, const char* where) {
    require(rule.noise_nodes >= 0 && rule.noise_nodes % 2 == 0 && rule.noise_nodes <= 3840, where, "noise_nodes",
            "must be even and positive, at most 3840, or 0 to choose", rule.noise_nodes);
}

/// Throws unless the rule and the points are such that they can be integrated.
template <class Points>
void check(const Points& points, const quadrature& rule) {
    constexpr auto where = "cdl::density::quadrature";
    require(points.size() == 0 || points.dim() == 1 || points.dim() == 2, where, "x",
            "must have dimension 1 or 2 (use density::monte_carlo beyond)", points.dim());
    require(rule.tolerance > 0, where, "tolerance", "must be positive", rule.tolerance);
    require(rule.center - rule.center == 0, where, "center", "must be finite", rule.center);
    require(rule.level_nodes >= 0, where, "level_nodes", "must be positive, or 0 to choose", rule.level_nodes);
    require_noise_nodes(rule, where);
    require(rule.most_calls >= 1, where, "most_calls", "must be positive", rule.most_calls);
}

} // namespace detail

} // namespace cdl::density
