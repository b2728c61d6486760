// SPDX-License-Identifier: MIT
#pragma once

// The empirical denoiser through matrix products, for devices and many coordinates: |z - S x|^2 = |z|^2 - 2 S z.x + S^2
// |x|^2 for blocks of queries and points, the weights as always relative to the nearest point so far, and the weighted
// sums of points as a second product. The expansion cancels where z is close to S x, so it serves only where the bound
// on what it loses is small; `products_lose` is that bound.

#include <cdl/denoiser/concept.hpp>
#include <cdl/distribution/detail/cloud_pass.hpp>
#include <cdl/exec/detail/point_products.hpp>

#include <vector>

namespace cdl::denoiser::detail {

/// squares[i] = |x_i|^2.
template <class X, class T>
struct squared_norms {
    X x;
    T* squares;

    CDL_HD void operator()(index_t i) const {
        T square = T(0);
        for (index_t j = 0; j < x.dim(); ++j) square = T(square + x(i, j) * x(i, j));
        squares[i] = square;
    }
};

/// What is known of a query between two blocks of points.
template <class T>
struct query_state {
    T nearest;         ///< the smallest -2 S z.x + S^2 |x|^2 so far
    T weight;          ///< the sum of the weights relative to it
    T rescale;         ///< the factor for what was added before this block
    T signal, falloff; ///< S, 1 / 2v
    T pull;            ///< N / v
};

/// Query q before the first block; its z goes where the products find it packed, and its sum is zero.
template <class Z, class Levels, class T>
struct started_query {
    Z z;
    Levels levels;
    T width;
    T *packed, *sums;
    query_state<T>* states;

    CDL_HD void operator()(index_t q) const {
        const distribution::detail::noised_kernel<T> kernel(levels[q], width);
        states[q] = {(std::numeric_limits<T>::max)(), T(0), T(0), kernel.signal, kernel.falloff, kernel.pull};
        for (index_t j = 0; j < z.dim(); ++j) {
            packed[q * z.dim() + j] = z(q, j);
            sums[q * z.dim() + j] = T(0);
        }
    }
};

/// Turns the inner products of query q with a block of points into weights.
template <class T>
struct weighed_query {
    T* products; ///< product i of query q at i m + q
    const T* squares;
    index_t queries, points;
    query_state<T>* states;

    CDL_HD void operator()(index_t q) const {
        query_state<T> state = states[q];
        const T before = state.nearest, power = T(state.signal * state.signal), twice = T(T(-2) * state.signal);
        for (index_t i = 0; i < points; ++i) {
            T& distance = products[i * queries + q]; // from z, less |z|^2
            distance = multiply_add(twice, distance, T(power * squares[i]));
            state.nearest = min_of(state.nearest, distance);
        }
        state.rescale = math::exp_nonpositive(T(state.falloff * T(state.nearest - before)));
        state.weight = T(state.weight * state.rescale);
        for (index_t i = 0; i < points; ++i) {
            T& weight = products[i * queries + q];
            weight = math::exp_nonpositive(T(state.falloff * T(state.nearest - weight)));
            state.weight = T(state.weight + weight);
        }
        states[q] = state;
    }
};

/// sums = sums rescale, number by number.
template <class T>
struct rescaled_sums {
    T* sums;
    index_t dim;
    const query_state<T>* states;

    CDL_HD void operator()(index_t i) const { sums[i] = T(sums[i] * states[i / dim].rescale); }
};

/// eps_hat = N/v (z - S x_bar), number by number.
template <class Z, class E, class T>
struct finished_query {
    Z z;
    E eps_hat;
    const T* sums;
    const query_state<T>* states;

    CDL_HD void operator()(index_t i) const {
        const index_t q = i / z.dim(), j = i % z.dim();
        const query_state<T>& state = states[q];
        eps_hat(q, j) = T(state.pull * T(z(q, j) - state.signal * T(sums[i] / state.weight)));
    }
};

/// A bound on the relative error of a weight for one query: the rounding of the expansion, (|z|^2 + S^2 max |x|^2) eps,
/// against 2v.
template <class Z, class Levels, class T>
struct loss_of_query {
    Z z;
    Levels levels;
    T width, largest_square;
    T* losses;

    CDL_HD void operator()(index_t q) const {
        const distribution::detail::noised_kernel<T> kernel(levels[q], width);
        T square = T(0);
        for (index_t j = 0; j < z.dim(); ++j) square = T(square + z(q, j) * z(q, j));
        losses[q] = T(T(4) * std::numeric_limits<T>::epsilon() * kernel.falloff *
                      T(square + kernel.signal * kernel.signal * largest_square));
    }
};

/// The empirical denoiser of a cloud through matrix products; views the cloud. Scratch: `queries_at_once` times
/// `points_at_once` numbers, n, and O(d) for each query at work.
template <class P, class Cloud>
class estimate_by_products {
public:
    using T = typename Cloud::value_type;
    using space = typename P::space;
    static constexpr index_t queries_at_once = 16384, points_at_once = 4096;

    estimate_by_products(const P& policy, const Cloud& cloud)
        : policy_(policy), cloud_(cloud), squares_(policy.template allocate<T>(cloud.size())) {
        const batch_view<const T, dynamic, point_major, space> x(cloud.points, cloud.size(), cloud.dim());
        policy.for_each_index(cloud.size(), squared_norms<decltype(x), T>{x, squares_.data()});
        largest_square_ = largest(squares_);
    }

    /// The largest bound on the relative error of a weight.
    template <class Z, class Levels>
    T products_lose(const Z& z, const Levels& levels) const {
        const auto losses = policy_.template allocate<T>(z.size());
        policy_.for_each_index(
            z.size(), loss_of_query<Z, Levels, T>{z, levels, cloud_.kernel_width, largest_square_, losses.data()});
        return largest(losses);
    }

    /// eps_hat of all queries. z, eps_hat: m x d.
    template <class Z, class Levels, class E>
    void operator()(const Z& z, const Levels& levels, const E& eps_hat) const {
        const index_t d = cloud_.dim();
        const index_t most = z.size() < queries_at_once ? z.size() : queries_at_once;
        const index_t block = cloud_.size() < points_at_once ? cloud_.size() : points_at_once;
        const auto packed = policy_.template allocate<T>(most * d), sums = policy_.template allocate<T>(most * d);
        const auto products = policy_.template allocate<T>(most * block);
        const auto states = policy_.template allocate<query_state<T>>(most);
        const exec::detail::point_products<space> multiply(policy_);
        for (index_t q = 0; q < z.size(); q += most) {
            const index_t m = z.size() - q < most ? z.size() - q : most;
            const auto from = z.slice(q, m);
            const auto to = eps_hat.slice(q, m);
            policy_.for_each_index(m, started_query<Z, Levels, T>{from, levels.slice(q, m), cloud_.kernel_width,
                                                                  packed.data(), sums.data(), states.data()});
            for (index_t i = 0; i < cloud_.size(); i += block) {
                const index_t n = cloud_.size() - i < block ? cloud_.size() - i : block;
                const T* x = cloud_.points + i * d;
                multiply.inner_products(packed.data(), m, x, n, d, products.data());
                policy_.for_each_index(m, weighed_query<T>{products.data(), squares_.data() + i, m, n, states.data()});
                policy_.for_each_index(m * d, rescaled_sums<T>{sums.data(), d, states.data()});
                multiply.add_weighted(products.data(), m, x, n, d, sums.data());
            }
            policy_.for_each_index(m * d, finished_query<Z, E, T>{from, to, sums.data(), states.data()});
        }
    }

private:
    T largest(const exec::buffer<T, space>& numbers) const {
        std::vector<T> here(static_cast<std::size_t>(numbers.size()));
        policy_.get(numbers.data(), numbers.size(), here.data());
        T most = T(0);
        for (const T& number : here) most = max_of(most, number);
        return most;
    }

    P policy_;
    Cloud cloud_;
    exec::buffer<T, space> squares_;
    T largest_square_;
};

} // namespace cdl::denoiser::detail
