// SPDX-License-Identifier: MIT
#pragma once

// The components of a noised Gaussian mixture as seen from one point, compared by differences. Far from all data the log terms
// of the components are large and nearly equal, and what they differ by is lost in their rounding. So everything is told from a
// common reference c, a Gaussian about the mean of the component r that is nearest: for isotropic and diagonal mixtures that
// component, for full covariances a round one that z is as far from. Along axis j of component k, with y = z - S mu_r, deviations
// s^2 = (S sd)^2 + N^2 and t = 1 / s,
//
//     w = y t_c,   d = y (t_k - t_c) - S (mu_k - mu_r) t_k,   u_k = w + d,
//     log ratio of k to c = log w_k / w_r - sum_j [ d (d + 2 w) / 2 + log(s_k t_c) ],
//
// and t_k - t_c = S^2 (sd_c^2 - sd_k^2) t_k t_c / (s_k + s_c) is computed as such: nothing cancels but what differs. Variances are
// never formed, so that neither they nor their inverses need be numbers that a scalar can hold.

#include <cdl/distribution/detail/noised_components.hpp>
#include <cdl/math/log_sum_exp.hpp>

#include <cstdint>

namespace cdl::distribution::detail {

/// A mixture as seen from z at level a, for scalars S of one lane.
template <class S, class T, index_t D, covariance C, class Z>
class compared_components {
public:
    using scalar = S;

    CDL_HD compared_components(const mixture_view<T, D, C>& mixture, const log_snr<S>& a, const Z& z)
        : mixture_(mixture), z_(z), signal_(signal_scale(a)), noise_(noise_scale(a)) {
        find_nearest();
        if constexpr (C == covariance::full) find_round_reference();
        S most = scaled_log_ratio(nearest_);
        const index_t first = nearest_;
        index_t best = first;
        for (index_t k = 0; k < mixture_.size(); ++k) {
            const S ratio = scaled_log_ratio(k);
            if (most < ratio) best = k, most = ratio;
        }
        nearest_ = best;
        if (C == covariance::full && best != first) find_round_reference();
        for (index_t k = 0; k < mixture_.size(); ++k) {
            const S ratio = log_ratio(k);
            total_.raise(ratio);
            total_.weigh(ratio);
        }
    }

    CDL_HD index_t size() const { return mixture_.size(); }
    CDL_HD index_t dim() const { return mixture_.dim(); }
    CDL_HD const S& signal() const { return signal_; }
    CDL_HD const S& noise() const { return noise_; }

    /// log r_k, the logarithm of the posterior probability of component k.
    CDL_HD S log_probability(index_t k) const {
        using std::log;
        return S(S(log_ratio(k) - total_.largest) - log(total_.sum));
    }
    CDL_HD S probability(index_t k) const { return S(total_.weight(log_ratio(k)) / total_.sum); }

    /// log p_a(z), normalised.
    CDL_HD S log_density() const {
        using std::log;
        S squares = S(0), logs = S(0);
        for (index_t j = 0; j < dim(); ++j) {
            const S sd = deviation(reference_sd(j)), w = S(offset(j) / sd);
            squares = multiply_add(w, w, squares);
            logs = S(logs + log(sd));
        }
        const S half_logs = S(S(static_cast<lane_t<S>>(static_cast<double>(dim()))) * math::log_two_pi<S>() / S(2));
        return S(total_.value() + S(S(S(mixture_.log_weights[nearest_]) - logs) - half_logs) - squares / S(2));
    }

    /// Coordinate i of factor C_c^-1 y, the pull of the reference.
    CDL_HD S reference_pull(index_t i, const S& factor) const {
        const S sd = deviation(reference_sd(i));
        return S(S(factor / sd) * S(offset(i) / sd));
    }
    /// Coordinate i of the mean of x under the reference, mu_r + S Sigma_c C_c^-1 y.
    CDL_HD S reference_mean(index_t i) const {
        const S sd = reference_sd(i), s = deviation(sd);
        return S(S(mixture_.mean(nearest_, i)) + S(sd * S(S(signal_ * sd) / s)) * S(offset(i) / s));
    }

    /// out[i] = coordinate first + i of factor (C_k^-1 (z - S mu_k) - C_c^-1 y) / S, of count coordinates.
    CDL_HD void add_pull_difference(index_t k, const S& factor, index_t first, index_t count, S* out) const {
        for (index_t i = 0; i < count; ++i) out[i] = S(0);
        for (index_t j = 0; j < dim(); ++j) {
            if constexpr (C != covariance::full)
                if (j < first || first + count <= j) continue;
            const along_axis x(*this, k, j);
            const S pulled = S(S(factor * x.slope) * x.w + S(factor * x.t) * x.d);
            if constexpr (C == covariance::full) {
                for (index_t i = 0; i < count; ++i)
                    out[i] = multiply_add(pulled, S(mixture_.axis(k, j, first + i)), out[i]);
            } else {
                out[j - first] = pulled;
            }
        }
    }

    /// out[i] = coordinate first + i of sum_k r_k times these differences.
    CDL_HD void mean_pull_difference(const S& factor, index_t first, index_t count, S* out) const {
        S one[static_cast<std::size_t>(capacity)];
        for (index_t i = 0; i < count; ++i) out[i] = S(0);
        for (index_t k = 0; k < size(); ++k) {
            add_pull_difference(k, factor, first, count, one);
            const S r = probability(k);
            for (index_t i = 0; i < count; ++i) out[i] = multiply_add(r, one[i], out[i]);
        }
    }

    /// sum_k r_k |difference - mean difference|^2 / divisor. Two passes for each `capacity` coordinates.
    CDL_HD S spread_of_pulls(const S& factor, const S& divisor) const {
        S spread = S(0);
        for (index_t first = 0; first < dim(); first += capacity) {
            const index_t count = dim() - first < capacity ? dim() - first : capacity;
            S mean[static_cast<std::size_t>(capacity)], one[static_cast<std::size_t>(capacity)];
            mean_pull_difference(factor, first, count, mean);
            for (index_t k = 0; k < size(); ++k) {
                const S r = probability(k);
                add_pull_difference(k, factor, first, count, one);
                for (index_t i = 0; i < count; ++i) {
                    const S apart = S(one[i] - mean[i]);
                    spread = multiply_add(S(r * apart), S(apart / divisor), spread);
                }
            }
        }
        return spread;
    }

    /// sum_k r_k sum_j of(sd, s), with the deviations of x and of z along axis j of component k.
    template <class Of>
    CDL_HD S mean_over_axes(const Of& of) const {
        const S nearest = sum_over_axes(nearest_, of);
        S mean = nearest; // differences, so that what all components agree on is exact
        for (index_t k = 0; k < size(); ++k)
            mean = multiply_add(probability(k), S(sum_over_axes(k, of) - nearest), mean);
        return mean;
    }

    static constexpr index_t capacity = D == dynamic ? local_point_capacity : D;

private:
    /// What is known along axis j of component k; d and slope are those of the preface divided by S.
    struct along_axis {
        S t, w, slope, d, log_stretch;

        CDL_HD along_axis(const compared_components& c, index_t k, index_t j) {
            using std::log, std::sqrt;
            const T variance = c.mixture_.variance(k, j);
            const S sd = S(sqrt(S(variance))), center = c.reference_sd(j);
            const S s = c.deviation(sd), s_c = c.deviation(center);
            S narrower = S(center - sd);
            if constexpr (C != covariance::full) // two variances that are known exactly
                narrower = S(S(S(c.mixture_.variance(c.nearest_, j)) - S(variance)) / S(center + sd));
            S y = S(0), shift = S(0);
            if constexpr (C == covariance::full) {
                for (index_t i = 0; i < c.dim(); ++i) {
                    y = multiply_add(S(c.mixture_.axis(k, j, i)), c.offset(i), y);
                    shift = multiply_add(S(c.mixture_.axis(k, j, i)), c.apart(k, i), shift);
                }
            } else {
                y = c.offset(j), shift = c.apart(k, j);
            }
            t = S(S(1) / s);
            w = S(y / s_c);
            slope = S(S(S(narrower / s) * S(S(c.signal_ * S(center + sd)) / S(s_c + s))) / s_c);
            d = S(S(S(narrower / s) * S(S(c.signal_ * S(center + sd)) / S(s_c + s))) * w - S(shift * t));
            log_stretch = S(log(S(s / s_c)));
        }
    };

    template <class Of>
    CDL_HD S sum_over_axes(index_t k, const Of& of) const {
        using std::sqrt;
        S sum = S(0);
        for (index_t j = 0; j < dim(); ++j) {
            const S sd = S(sqrt(S(mixture_.variance(k, j))));
            sum = S(sum + of(sd, deviation(sd)));
        }
        return sum;
    }

    CDL_HD S deviation(const S& sd) const { return length(S(signal_ * sd), noise_); }
    /// sqrt(u^2 + v^2) of numbers that are not negative, whose squares need not be numbers.
    CDL_HD static S length(const S& u, const S& v) {
        using std::sqrt;
        const S longer = max_of(u, v), unit = max_of(longer, S((std::numeric_limits<T>::min)()));
        const S ratio = S(min_of(u, v) / unit);
        return S(longer * S(sqrt(S(S(1) + ratio * ratio))));
    }

    CDL_HD S offset(index_t i) const { return S(S(z_[i]) - S(signal_ * S(mixture_.mean(nearest_, i)))); }
    /// mu_k - mu_r.
    CDL_HD S apart(index_t k, index_t i) const { return S(S(mixture_.mean(k, i)) - S(mixture_.mean(nearest_, i))); }
    CDL_HD S reference_sd([[maybe_unused]] index_t j) const {
        using std::sqrt;
        if constexpr (C == covariance::full)
            return round_sd_;
        else
            return S(sqrt(S(mixture_.variance(nearest_, j))));
    }

    CDL_HD S log_ratio(index_t k) const { return S(S(scaled_log_ratio(k) / scale()) / scale()); }
    /// The log ratio times scale^2, in which squares of what is far do not overflow.
    CDL_HD S scaled_log_ratio(index_t k) const {
        const S c = scale();
        S quadratic = S(0), logs = S(0);
        for (index_t j = 0; j < dim(); ++j) {
            const along_axis x(*this, k, j);
            const S d = S(signal_ * x.d);
            quadratic = multiply_add(S(c * d), S(c * S(d / S(2) + x.w)), quadratic);
            logs = S(logs + x.log_stretch);
        }
        const S weights = S(S(mixture_.log_weights[k]) - S(mixture_.log_weights[nearest_]));
        return S(S(S(weights - logs) * c) * c - quadratic);
    }
    /// A power of two; 1 for scalars whose exponents have no end worth mention.
    CDL_HD static S scale() {
        if constexpr (std::is_floating_point_v<T>)
            return S(T(1) / T(std::uint64_t{1} << (std::numeric_limits<T>::max_exponent > 200 ? 60 : 40)));
        else
            return S(1);
    }

    /// The component with the largest log term, by terms that are rounded but do not overflow.
    CDL_HD void find_nearest() {
        using std::log, std::sqrt;
        S most = S(0);
        nearest_ = 0;
        for (index_t k = 0; k < size(); ++k) {
            S term = S(S(S(mixture_.log_weights[k]) * scale()) * scale());
            for (index_t j = 0; j < dim(); ++j) {
                const S s = deviation(S(sqrt(S(mixture_.variance(k, j)))));
                const S u = S(S(scale() * along_of(k, j)) / s);
                term = S(term - S(u * u) / S(2) - S(S(S(log(s)) * scale()) * scale()));
            }
            if (k == 0 || most < term) nearest_ = k, most = term;
        }
    }
    /// Coordinate j of z - S mu_k along the axes of component k.
    CDL_HD S along_of(index_t k, index_t j) const {
        if constexpr (C == covariance::full) {
            S along = S(0);
            for (index_t i = 0; i < dim(); ++i)
                along =
                    multiply_add(S(mixture_.axis(k, j, i)), S(S(z_[i]) - S(signal_ * S(mixture_.mean(k, i)))), along);
            return along;
        } else {
            return S(S(z_[j]) - S(signal_ * S(mixture_.mean(k, j))));
        }
    }

    /// The deviation of a round Gaussian about the nearest mean that z is as far from as from that component.
    CDL_HD void find_round_reference() {
        using std::sqrt;
        const S least = S(sqrt(S(mixture_.variance(nearest_, 0)))),
                most = S(sqrt(S(mixture_.variance(nearest_, dim() - 1))));
        S distance = S(0), deviations = S(0);
        for (index_t j = 0; j < dim(); ++j) {
            using std::abs;
            const S along = S(abs(along_of(nearest_, j)));
            distance = length(distance, along);
            deviations = length(deviations, S(along / deviation(S(sqrt(S(mixture_.variance(nearest_, j)))))));
        }
        const S s = S(distance / deviations), ratio = S(noise_ / s); // NaN where z is the mean
        const S blur = S(s * S(sqrt(max_of(S(0), S(S(S(1) - ratio) * S(S(1) + ratio))))));
        round_sd_ = blur < S(signal_ * most) ? (S(signal_ * least) < blur ? S(blur / signal_) : least) : most;
    }

    mixture_view<T, D, C> mixture_;
    const Z& z_;
    S signal_, noise_, round_sd_ = S(0);
    index_t nearest_ = 0;
    math::log_sum_exp<S> total_;
};

/// The components as seen from z at level a; views z.
template <class S, class T, index_t D, covariance C, class Z>
CDL_HD compared_components<S, T, D, C, Z> compare(const mixture_view<T, D, C>& mixture, const log_snr<S>& a,
                                                  const Z& z) {
    return {mixture, a, z};
}

} // namespace cdl::distribution::detail
