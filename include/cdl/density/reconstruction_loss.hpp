// SPDX-License-Identifier: MIT
#pragma once

// The part of the variational bound that is left between the cleanest latent z_0 and the data: -log p(x | z_0), averaged
// over q(z_0 | x) [VDM eq. 37]. S, N are the scales of the level a_0 of z_0.
//
// Discrete data: a softmax over the values, coordinate by coordinate (softmax_decoder.hpp). As its loss is a function of the
// value and of one normal number, the mean is a one-dimensional integral for each value, whatever the dimension.
//
// Continuous data: p(x | z_0) = N(x; z_0 / S, N^2 / S^2 I), whose loss is the constant d/2 (log(2 pi e) - a_0).

#include <cdl/density/softmax_decoder.hpp>
#include <cdl/schedule/level_view.hpp>

namespace cdl::density {

/// The loss of continuous data, d/2 (log(2 pi e) - a_0) nats, for a cleanest level a_0: a constant.
template <scalar T>
CDL_HD T continuous_reconstruction_loss(log_snr<T> cleanest, index_t d) {
    return T(T(T(static_cast<double>(d)) * T(T(math::log_two_pi<T>() + T(1)) - cleanest.value)) / T(2));
}

namespace detail {

/// How far the numbers of point i are from values of the data, at most, in widths.
template <index_t Values, class X, class T>
struct distance_from_values {
    discrete_data<Values> data;
    X x;
    T* distances;

    CDL_HD void operator()(index_t i) const {
        T largest = T(0);
        for (index_t j = 0; j < x.dim(); ++j) {
            const T off = T(T(x(i, j)) - data.value(T(static_cast<double>(data.index_of(x(i, j))))));
            const T distance = T(max_of(off, T(-off)) / T(data.width));
            if (!(distance <= largest)) largest = distance; // NaN stays
        }
        distances[i] = largest;
    }
};

/// Throws unless all numbers of x are values of the data, up to a hundredth of their distance.
template <class P, class X, index_t Values>
void require_values(const P& policy, const X& x, const discrete_data<Values>& data, const char* where) {
    using T = typename X::value_type;
    data.check(where);
    const index_t n = x.size();
    const auto numbers = policy.template allocate<T>(n);
    policy.for_each_index(n, distance_from_values<Values, X, T>{data, x, numbers.data()});
    const exec::buffer<T, host> distances(n);
    policy.get(numbers.data(), n, distances.data());
    for (index_t i = 0; i < n; ++i)
        require(distances[i] <= T(0.01), where, "x", "must be values of the discrete data", "point ", i, ", ",
                distances[i], " widths from the nearest value");
}

/// The trapezoid over eps for value k: the rule, the rule with half of the nodes, and how large the terms are.
template <class T>
struct mean_reconstruction {
    softmax_decoder<T> decoder;
    const T *nodes, *weights;
    index_t per_axis;
    T *fine, *coarse;

    CDL_HD void operator()(index_t k) const {
        T sum = T(0), even = T(0);
        for (index_t q = 0; q < per_axis; ++q) {
            const T term = T(weights[q] * decoder.loss(nodes[q], T(static_cast<double>(k))));
            sum = T(sum + term);
            if (q % 2 == 0) even = T(even + T(2) * term);
        }
        fine[k] = sum;
        coarse[k] = even;
    }
};

/// losses[i], the sum over the coordinates of point i of what the table says of their values.
template <index_t Values, class X, class T>
struct sum_of_table {
    discrete_data<Values> data;
    X x;
    const T* table;
    T* losses;

    CDL_HD void operator()(index_t i) const {
        T sum = T(0);
        for (index_t j = 0; j < x.dim(); ++j) sum = T(sum + table[data.index_of(x(i, j))]);
        losses[i] = sum;
    }
};

} // namespace detail

/// E[-log p(x | z_0)] in nats for each point of x (n x d), z_0 at the level `cleanest`, in any dimension: by a trapezoid over the
/// noise of one coordinate, for each value once, whose nodes are doubled as for `quadrature`. The absolute error of a
/// coordinate is about 1e-16 in double; losses far below that lack digits. Throws std::invalid_argument on numbers
/// that are no values of the data (e.g. bytes that were not scaled) and on an infinite or NaN level.
/// O(values reach nodes + n d) time.
template <exec::policy P, batch X, index_t Values>
std::vector<quadrature_result<batch_scalar_t<X>>>
reconstruction_loss(const P& policy, const X& x, const discrete_data<Values>& data, log_snr<batch_scalar_t<X>> cleanest,
                    const quadrature& rule = {}) {
    using T = batch_scalar_t<X>;
    using std::abs;
    constexpr auto where = "cdl::density::reconstruction_loss";
    const auto points = exec::view_on(policy, x);
    using view = std::remove_const_t<decltype(points)>;
    require(T(cleanest.value - cleanest.value) == T(0), where, "cleanest", "must be finite", cleanest.value);
    require(rule.tolerance > 0, where, "tolerance", "must be positive", rule.tolerance);
    detail::require_noise_nodes(rule, where);
    detail::require_values(policy, points, data, where);
    const index_t n = points.size();
    if (n == 0) return {};
    const softmax_decoder<T> decoder(data, cleanest);
    const auto table = policy.template allocate<T>(Values), coarse = policy.template allocate<T>(Values);
    quadrature_result<T> common{T(0), T(0), 0, 0, 0, true};
    for (index_t intervals = rule.noise_nodes > 0 ? rule.noise_nodes : 48;; intervals *= 2) {
        const auto axis = math::normal_trapezoid<T>(intervals, detail::noise_range<T>());
        const auto nodes = policy.put(axis.nodes.data(), intervals + 1),
                   weights = policy.put(axis.weights.data(), intervals + 1);
        policy.for_each_index(Values, detail::mean_reconstruction<T>{decoder, nodes.data(), weights.data(),
                                                                     intervals + 1, table.data(), coarse.data()});
        const exec::buffer<T, host> fine(Values), half(Values);
        policy.get(table.data(), Values, fine.data());
        policy.get(coarse.data(), Values, half.data());
        common.last_change = T(0);
        common.noise_nodes = intervals;
        common.converged = detail::half_resolves_noise<T>(intervals);
        for (index_t k = 0; k < Values; ++k) {
            const T change = T(abs(T(fine[k] - half[k])));
            common.last_change = max_or_nan(common.last_change, T(T(static_cast<double>(points.dim())) * change));
            common.converged = common.converged && change <= detail::allowed_change(rule, fine[k], 1);
        }
        if (rule.noise_nodes > 0 || common.converged || intervals >= 3072) break;
    }
    const auto sums = policy.template allocate<T>(n);
    policy.for_each_index(n, detail::sum_of_table<Values, view, T>{data, points, table.data(), sums.data()});
    const exec::buffer<T, host> losses(n);
    policy.get(sums.data(), n, losses.data());
    std::vector<quadrature_result<T>> results(static_cast<std::size_t>(n), common);
    for (index_t i = 0; i < n; ++i) results[static_cast<std::size_t>(i)].value = losses[i];
    return results;
}

} // namespace cdl::density
