// SPDX-License-Identifier: MIT
#pragma once

// The mean of an integrand over Gaussian noise at one level, for many points at once: by the trapezoid, whose nodes are doubled
// for those points alone that need it. All points and nodes of a level are one batch of queries: one table for an exact
// denoiser, one call for a network, work for all threads.

#include <cdl/density/detail/evaluate.hpp>
#include <cdl/density/quadrature_result.hpp>
#include <cdl/math/quadrature.hpp>

#include <map>
#include <vector>

namespace cdl::density::detail {

/// Queries of points at one level on the grid of noise nodes, those of a point one after the other.
template <class T, class View>
struct noise_grid {
    static constexpr index_t static_dim = View::static_dim;
    static constexpr bool common_level = true;

    View points;
    const index_t* active; ///< which of the points
    log_snr<T> a;
    const T* nodes;
    std::uint32_t per_axis, per_point;

    CDL_HD index_t dim() const { return points.dim(); }
    template <class S>
    CDL_HD log_snr<S> level(lanes<S>) const {
        return {S(a.value)};
    }
    template <class S>
    CDL_HD S x(lanes<S> q, index_t j) const {
        return gather(q, [this, j](index_t i) { return points(active[number(i) / per_point], j); });
    }
    template <class S, class E>
    CDL_HD void noise(lanes<S> q, E& eps) const {
        eps[0] = gather(q, [this](index_t i) { return nodes[number(i) % per_point % per_axis]; });
        if (dim() > 1) eps[1] = gather(q, [this](index_t i) { return nodes[number(i) % per_point / per_axis]; });
        for (index_t j = 2; j < dim(); ++j) eps[j] = S(0); // never: `check` refuses
    }

private:
    CDL_HD static std::uint32_t number(index_t i) { return static_cast<std::uint32_t>(i); }
};

/// The weighted sums of the terms of one point: by the rule, by the rule of its even nodes, of the absolute terms.
template <class T>
struct weighted_sums {
    const T *terms, *weights;
    index_t per_axis, per_point;
    T *fine, *coarse, *size;

    CDL_HD void operator()(index_t p) const {
        using std::abs;
        const T* of_point = terms + p * per_point;
        T fine_sum = T(0), coarse_sum = T(0), size_sum = T(0);
        for (index_t i = 0; i < per_point; ++i) {
            const index_t column = i % per_axis, row = i / per_axis;
            T weight = weights[column], coarse_weight = T(T(2) * weight);
            if (per_point > per_axis) weight = T(weight * weights[row]), coarse_weight = T(T(4) * weight);
            fine_sum = T(fine_sum + weight * of_point[i]);
            size_sum = T(size_sum + weight * abs(of_point[i]));
            if (column % 2 == 0 && row % 2 == 0) coarse_sum = T(coarse_sum + coarse_weight * of_point[i]);
        }
        fine[p] = fine_sum;
        coarse[p] = coarse_sum;
        size[p] = size_sum;
    }
};

/// The mean over the noise at one point and level.
template <class T>
struct noise_mean {
    T value;                ///< by the finest rule
    T size;                 ///< the mean of the absolute terms
    T change;               ///< what the last doubling changed
    index_t intervals;      ///< of the finest rule, along each coordinate
    index_t denoiser_calls; ///< by all rules
    bool converged;
};

/// A point that is asked for, what error it allows beside the rule's own, and how many denoiser calls it has left.
template <class T>
struct wanted_point {
    index_t index;
    T allowance;
    index_t calls_left;
};

/// Makes means over the noise, of one integrand, for the points of one batch.
template <class T, class P, class F, class Integrand, class View>
class noise_means {
public:
    noise_means(const P& policy, F& denoiser, const Integrand& integrand, const View& points, const quadrature& rule)
        : policy_(policy), denoiser_(denoiser), integrand_(integrand), points_(points), rule_(rule) {}

    /// At level a, with nodes doubled from 48 (or as many as the rule fixes) until each point is settled, or runs out of nodes.
    std::vector<noise_mean<T>> at(log_snr<T> a, const std::vector<wanted_point<T>>& wanted) {
        std::vector<noise_mean<T>> means(wanted.size());
        std::vector<std::size_t> open(wanted.size());
        for (std::size_t w = 0; w < open.size(); ++w) open[w] = w;
        for (index_t intervals = rule_.noise_nodes > 0 ? rule_.noise_nodes : 48; !open.empty(); intervals *= 2) {
            std::vector<index_t> indices;
            for (const auto w : open) indices.push_back(wanted[w].index);
            const auto finer = with(intervals, a, indices);
            std::vector<std::size_t> unsettled;
            for (std::size_t o = 0; o < open.size(); ++o) {
                auto& mean = means[open[o]];
                const index_t calls = mean.denoiser_calls + finer[o].denoiser_calls;
                mean = finer[o];
                mean.denoiser_calls = calls;
                const auto& [index, allowance, calls_left] = wanted[open[o]];
                mean.converged = half_resolves_noise<T>(intervals) &&
                                 mean.change <= T(allowed_change(rule_, mean.size, points_.dim()) + allowance);
                const bool finite = T(mean.change - mean.change) == T(0); // more nodes do not mend NaN
                const bool affordable =
                    finite && intervals < most_intervals() && calls + calls_of(2 * intervals) <= calls_left;
                if (!mean.converged && rule_.noise_nodes == 0 && affordable) unsettled.push_back(open[o]);
            }
            open = std::move(unsettled);
        }
        return means;
    }

    /// At level a by one rule.
    std::vector<noise_mean<T>> with(index_t intervals, log_snr<T> a, const std::vector<index_t>& indices) {
        using std::abs;
        const auto& rule = trapezoid_of(intervals);
        const index_t per_axis = intervals + 1, per_point = points_.dim() == 2 ? per_axis * per_axis : per_axis;
        const auto count = static_cast<index_t>(indices.size());
        const index_t at_once = std::max<index_t>(1, (index_t{1} << 18) / per_point);
        const auto active = policy_.put(indices.data(), count);
        const auto terms = policy_.template allocate<T>((std::min)(at_once, count) * per_point);
        const auto sums = policy_.template allocate<T>(3 * count);
        for (index_t first = 0; first < count; first += at_once) {
            const index_t n = (std::min)(at_once, count - first);
            const noise_grid<T, View> grid{points_,
                                           active.data() + first,
                                           a,
                                           rule.nodes.data(),
                                           static_cast<std::uint32_t>(per_axis),
                                           static_cast<std::uint32_t>(per_point)};
            evaluate(policy_, denoiser_, grid, integrand_, n * per_point, terms.data());
            T* const at = sums.data() + first;
            policy_.for_each_index(n, weighted_sums<T>{terms.data(), rule.weights.data(), per_axis, per_point, at,
                                                       at + count, at + 2 * count});
        }
        const exec::buffer<T, host> on_host(3 * count);
        policy_.get(sums.data(), 3 * count, on_host.data());
        std::vector<noise_mean<T>> means;
        for (index_t i = 0; i < count; ++i) {
            const T fine = on_host[i], change = T(abs(T(fine - on_host[count + i])));
            means.push_back({fine, on_host[2 * count + i], change, intervals, calls_of(intervals), false});
        }
        return means;
    }

private:
    /// The trapezoid where the policy runs.
    struct trapezoid {
        exec::buffer<T, typename P::space> nodes, weights;
    };

    const trapezoid& trapezoid_of(index_t intervals) {
        auto found = trapezoids_.find(intervals);
        if (found == trapezoids_.end()) {
            const auto rule = math::normal_trapezoid<T>(intervals, noise_range<T>());
            found = trapezoids_
                        .emplace(intervals, trapezoid{policy_.put(rule.nodes.data(), intervals + 1),
                                                      policy_.put(rule.weights.data(), intervals + 1)})
                        .first;
        }
        return found->second;
    }

    index_t most_intervals() const { return 3072 / points_.dim(); }

    index_t calls_of(index_t intervals) const {
        const index_t per_axis = intervals + 1,
                      zetas = static_cast<index_t>(std::tuple_size_v<decltype(Integrand::zetas)>);
        return (points_.dim() == 2 ? per_axis * per_axis : per_axis) * zetas;
    }

    const P& policy_;
    F& denoiser_;
    Integrand integrand_;
    View points_;
    quadrature rule_;
    std::map<index_t, trapezoid> trapezoids_;
};

template <class T, class P, class F, class Integrand, class View>
noise_means<T, P, F, Integrand, View> noise_means_of(const P& policy, F& denoiser, const Integrand& integrand,
                                                     const View& points, const quadrature& rule) {
    return {policy, denoiser, integrand, points, rule};
}

/// All points, each with the calls that its result leaves it.
template <class T>
std::vector<wanted_point<T>> all_points(const std::vector<quadrature_result<T>>& results, const quadrature& rule) {
    std::vector<wanted_point<T>> wanted;
    for (const auto& result : results)
        wanted.push_back({static_cast<index_t>(wanted.size()), T(0), rule.most_calls - result.denoiser_calls});
    return wanted;
}

/// The smallest even number that is not below a positive length.
template <class T>
index_t even_above(const T& length) {
    return 2 * static_cast<index_t>(std::ceil(static_cast<double>(length) / 2));
}

} // namespace cdl::density::detail
