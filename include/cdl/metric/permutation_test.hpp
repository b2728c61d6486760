// SPDX-License-Identifier: MIT
#pragma once

// Are two samples from the same distribution? If they are, the labels x and y say nothing, and the MMD of the samples is
// one draw from the MMDs under random labels [Gretton et al. 2012, sec. 7].

#include <cdl/metric/detail/permuted_sums.hpp>
#include <cdl/metric/mmd.hpp>
#include <cdl/random/noise_stream.hpp>

#include <numeric>

namespace cdl::metric {

/// What came of a permutation test.
template <class R>
struct permutation_test_result {
    R statistic;    ///< the unbiased estimate of MMD^2
    double p_value; ///< (1 + how many random labellings reach the statistic) / (1 + permutations); NaN if one has none
    index_t permutations; ///< how many random labellings were tried
};

namespace detail {

/// Marks n of the points 0, ..., total - 1 with 1 and the others with 0, all choices equally likely, by the first n steps
/// of a shuffle [Fisher & Yates 1938]. A pure function of seed and draw; draw 0 is the first n points.
inline void choose(std::uint64_t seed, index_t draw, index_t n, index_t total, unsigned char* chosen) {
    const random::noise_stream stream{seed, random::purpose::user};
    constexpr index_t block = (1 << 24) - 1; // the last one, which meets no other number of a user
    std::vector<index_t> order(static_cast<std::size_t>(total));
    std::iota(order.begin(), order.end(), index_t{0});
    std::fill_n(chosen, total, static_cast<unsigned char>(0));
    for (index_t i = 0; i < n; ++i) {
        const double u = random::to_uniform(stream.words(draw, i, block)[0]);
        const index_t steps = draw == 0 ? 0 : static_cast<index_t>(u * static_cast<double>(total - i)); // < total - i
        std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(i + steps)]);
        chosen[order[static_cast<std::size_t>(i)]] = 1;
    }
}

/// The labels of all points for draws first, ..., in the memory of the policy: packs on the host, numbers on a device.
template <class T, class P>
auto draw_labels(const P& policy, std::uint64_t seed, index_t first, index_t n, index_t total) {
    std::vector<unsigned char> chosen(static_cast<std::size_t>(relabellings * total));
    const auto draw = [&](index_t b) { choose(seed, first + b, n, total, chosen.data() + b * total); };
    const auto label = [&](index_t i, index_t b) { return T(chosen[static_cast<std::size_t>(b * total + i)]); };
    if constexpr (std::is_same_v<typename P::space, host>) {
        using S = typename P::template pack<T>;
        constexpr index_t packs = relabellings / lanes<S>::width;
        policy.for_each_index(relabellings, draw);
        exec::buffer<S, host> labels(total * packs);
        policy.for_each_index(total, [&](index_t i) {
            for (index_t b = 0; b < packs; ++b)
                labels[i * packs + b] = gather(lanes<S>{b * lanes<S>::width}, [&](index_t l) { return label(i, l); });
        });
        return labels;
    } else {
        for (index_t b = 0; b < relabellings; ++b) draw(b);
        std::vector<T> labels;
        for (index_t i = 0; i < total; ++i)
            for (index_t b = 0; b < relabellings; ++b) labels.push_back(label(i, b));
        return policy.put(labels.data(), total * relabellings);
    }
}

} // namespace detail

/// Tests whether x, n points, and y, m points, come from the same distribution: the p-value is
/// (1 + #{random labellings whose unbiased MMD^2 is at least that of x and y}) / (1 + permutations), so that under the
/// hypothesis P(p <= alpha) <= alpha for every alpha and any kernel. Values that differ by rounding alone count as equal.
/// A NaN among the coordinates, or kernel values that overflow, leave nothing to compare: then p is NaN. The labellings are a
/// pure function of the seed; the same bits on any number of threads. k: a kernel in any form.
/// permutations: 1 or more, below 2^32; p is never below 1 / (1 + permutations). Throws std::invalid_argument otherwise, for fewer
/// than 2 points in either, and for dimensions that differ.
/// Cost: (n + m)^2 / 2 kernel values and 64 times as many multiplications for every 64 permutations; 64 (n + m) numbers of
/// memory.
template <exec::policy P, class K, batch X, batch Y>
    requires kernel<K, batch_scalar_t<X>>
permutation_test_result<sum_scalar_t<batch_scalar_t<X>>>
permutation_test(const P& policy, const K& k, const X& x, const Y& y, index_t permutations, std::uint64_t seed) {
    using std::abs;
    using T = batch_scalar_t<X>;
    using R = sum_scalar_t<T>;
    constexpr auto where = "cdl::metric::permutation_test";
    const auto xs = exec::view_on(policy, x);
    const auto ys = exec::view_on(policy, y);
    detail::require_two_samples(xs, ys, where);
    require(permutations >= 1, where, "permutations", "must be at least 1", permutations);
    require(permutations < index_t{1} << 32, where, "permutations", "must be below 2^32, where labellings repeat",
            permutations);

    const index_t n = xs.size(), m = ys.size();
    const auto pairs = [](index_t u, index_t v) { return R(static_cast<double>(u) * static_cast<double>(v)); };
    R statistic = R(0), rounding = R(0);
    index_t as_large = 0;
    bool comparable = true;
    for (index_t first = 0; first <= permutations; first += detail::relabellings) {
        const auto labels = detail::draw_labels<T>(policy, seed, first, n, n + m);
        const auto* of_x = labels.data();
        const auto* of_y = of_x + labels.size() / (n + m) * n;
        std::vector<R> sums(detail::grouped_sums, R(0));
        detail::add_grouped_sums(policy, k, xs, of_x, xs, of_x, detail::pairing::once, sums);
        detail::add_grouped_sums(policy, k, ys, of_y, ys, of_y, detail::pairing::once, sums);
        detail::add_grouped_sums(policy, k, xs, of_x, ys, of_y, detail::pairing::every, sums);
        for (index_t draw = first; draw < first + detail::relabellings && draw <= permutations; ++draw) {
            const R xx = sums[static_cast<std::size_t>(draw - first)];
            const R xy = sums[static_cast<std::size_t>(detail::relabellings + draw - first)];
            const R yy = R(sums.back() - xx - xy);
            const R mean_xx = R(R(2) * xx / pairs(n, n - 1)), mean_yy = R(R(2) * yy / pairs(m, m - 1));
            const R mean_xy = R(xy / pairs(n, m));
            const R mmd = R(mean_xx + mean_yy - R(2) * mean_xy);
            comparable = comparable && mmd - mmd == R(0);
            if (draw == 0) { // x and y as they are
                statistic = mmd;
                rounding =
                    R(R(8) * R(std::numeric_limits<T>::epsilon()) * (abs(mean_xx) + abs(mean_yy) + abs(mean_xy)));
            } else if (mmd >= statistic - rounding) {
                ++as_large;
            }
        }
    }
    const double p = static_cast<double>(1 + as_large) / static_cast<double>(1 + permutations);
    return {statistic, comparable ? p : std::numeric_limits<double>::quiet_NaN(), permutations};
}

/// What is no kernel is refused.
template <exec::policy P, class K, batch X, batch Y>
    requires(!kernel<K, batch_scalar_t<X>>)
void permutation_test(const P&, const K&, const X&, const Y&, index_t, std::uint64_t) {
    require_kernel<K, batch_scalar_t<X>>();
}

} // namespace cdl::metric
