// SPDX-License-Identifier: MIT
#pragma once

// The maximum mean discrepancy, the distance of two distributions as a kernel sees it, from a sample of each
// [Gretton et al. 2012]: with k(X, X') the kernel of two independent points,
//
//     MMD^2 = E k(X, X') + E k(Y, Y') - 2 E k(X, Y).
//
// CDL judges its samples by it [CDL sec. 4, app. B.1].

#include <cdl/metric/detail/kernel_sums.hpp>

namespace cdl::metric {

/// An estimate of MMD^2 from n points x and m points y, with the mean kernel values that it is made of.
template <class R>
struct mmd_estimate {
    R unbiased; ///< mean_xx + mean_yy - 2 mean_xy; its expectation is MMD^2, so it may be negative
    R biased; ///< the same with the pairs (x_i, x_i) and (y_j, y_j): the MMD^2 of the two samples, not negative but for rounding
    R standard_error; ///< of `unbiased`; NaN where x or y has fewer than 4 points
    R mean_xx;        ///< of k(x_i, x_j), i != j
    R mean_yy;        ///< of k(y_i, y_j), i != j
    R mean_xy;        ///< of k(x_i, y_j)
};

namespace detail {

/// Estimates of E k(X, X'), ... that share no point where the expectation has none to share, and so are unbiased.
/// Each variance below is a difference of two of these.
template <class R>
R product_sum(const std::vector<R>& u, const std::vector<R>& v) {
    std::vector<R> products(u.size(), R(0));
    for (std::size_t i = 0; i < u.size(); ++i) products[i] = R(u[i] * v[i]);
    return exec::tree_sum(products.data(), static_cast<index_t>(products.size()));
}

/// A variance in two parts [Hoeffding 1948], each of which is positive but for the error of its estimate: what single
/// points contribute, of order 1/n, and what only pairs contribute, of order 1/n^2. Where the two distributions are the
/// same, single points contribute nothing.
template <class R>
struct variance_parts {
    R of_points, of_pairs;

    R sum() const { return R(of_points + of_pairs); }
};

/// The variance of the mean of k over all pairs within n points, without bias:
/// 4/n Var E[k | x]  and  2 / (n (n - 1)) (Var k - 2 Var E[k | x]).
template <class R>
variance_parts<R> variance_within(const kernel_sums<R>& k, const R& n) {
    const R one = R(1), two = R(2), three = R(3);
    const R sum = k.total(), rows = product_sum(k.rows, k.rows);
    const R pairs = R(n * (n - one));
    const R squared_mean = R((sum * sum - R(4) * rows + two * k.squares) / (pairs * (n - two) * (n - three)));
    const R shared_point = R((rows - k.squares) / (pairs * (n - two))); // E k(x, x') k(x, x'')
    const R of_mean = R(shared_point - squared_mean), of_one = R(k.squares / pairs - squared_mean);
    return {R(R(4) * of_mean / n), R(two * (of_one - two * of_mean) / pairs)};
}

/// The variance of the mean of k over all n m pairs between two batches:
/// Var E[k | x] / n + Var E[k | y] / m  and  (Var k - Var E[k | x] - Var E[k | y]) / (n m).
template <class R>
variance_parts<R> variance_between(const kernel_sums<R>& k, const R& n, const R& m) {
    const R one = R(1), pairs = R(n * m);
    const R sum = k.total(), rows = product_sum(k.rows, k.rows), columns = product_sum(k.columns, k.columns);
    const R squared_mean = R((sum * sum - rows - columns + k.squares) / (pairs * (n - one) * (m - one)));
    const R shared_x = R((rows - k.squares) / (pairs * (m - one)));    // E k(x, y) k(x, y')
    const R shared_y = R((columns - k.squares) / (pairs * (n - one))); // E k(x, y) k(x', y)
    const R of_x = R(shared_x - squared_mean), of_y = R(shared_y - squared_mean);
    return {R(of_x / n + of_y / m), R((k.squares / pairs - squared_mean - of_x - of_y) / pairs)};
}

/// The covariance of the mean within n points with the mean between these and m others:
/// 2 / n Cov(E[k(x, x') | x], E[k(x, y) | x]). `between`: the sums for each of the n points.
template <class R>
R covariance_of_means(const kernel_sums<R>& within, const std::vector<R>& between, const R& n, const R& m) {
    const R one = R(1), two = R(2);
    const R triples = R(n * (n - one) * m);
    const R shared = product_sum(within.rows, between); // E k(x, x') k(x, y)
    const R sum = R(within.total() * exec::tree_sum(between.data(), static_cast<index_t>(between.size())));
    const R product_of_means = R((sum - two * shared) / (triples * (n - two)));
    return R(two / n * (shared / triples - product_of_means));
}

/// The variance of the unbiased estimate, without bias and therefore sometimes negative. Needs 4 points in each.
template <class R>
variance_parts<R> variance_of_mmd(const kernel_sums<R>& xx, const kernel_sums<R>& yy, const kernel_sums<R>& xy) {
    const R n = R(static_cast<double>(xx.rows.size())), m = R(static_cast<double>(yy.rows.size())), four = R(4);
    const auto x = variance_within(xx, n), y = variance_within(yy, m), between = variance_between(xy, n, m);
    const R shared = R(covariance_of_means(xx, xy.rows, n, m) + covariance_of_means(yy, xy.columns, m, n));
    return {R(x.of_points + y.of_points + four * (between.of_points - shared)),
            R(x.of_pairs + y.of_pairs + four * between.of_pairs)};
}

/// The estimate, from the sums of the three kernel matrices off their diagonals, and on those of x and y.
template <class R>
mmd_estimate<R> mmd_from_sums(const kernel_sums<R>& xx, const kernel_sums<R>& yy, const kernel_sums<R>& xy,
                              const R& diagonal_x, const R& diagonal_y) {
    using std::sqrt;
    const R n = R(static_cast<double>(xx.rows.size())), m = R(static_cast<double>(yy.rows.size()));
    const R one = R(1), two = R(2), sum_xx = xx.total(), sum_yy = yy.total();
    const R mean_xx = R(sum_xx / (n * (n - one))), mean_yy = R(sum_yy / (m * (m - one)));
    const R mean_xy = R(xy.total() / (n * m));
    const R unbiased = R(mean_xx + mean_yy - two * mean_xy);
    const R biased = R((sum_xx + diagonal_x) / (n * n) + (sum_yy + diagonal_y) / (m * m) - two * mean_xy);
    R standard_error = R(std::numeric_limits<R>::quiet_NaN());
    if (xx.rows.size() >= 4 && yy.rows.size() >= 4) {
        const auto variance = variance_of_mmd(xx, yy, xy);
        const R at_least = max_of(variance.of_pairs, R(0)); // a NaN stays one
        standard_error = R(sqrt(max_of(variance.sum(), at_least)));
    }
    return {unbiased, biased, standard_error, mean_xx, mean_yy, mean_xy};
}

/// Throws std::invalid_argument unless x and y are batches of at least 2 points of the same dimension.
template <class X, class Y>
void require_two_samples(const X& x, const Y& y, const char* where) {
    static_assert(std::is_same_v<typename X::value_type, typename Y::value_type>,
                  "cdl: two samples that are compared must be of the same scalar");
    require(x.dim() >= 1, where, "x", "must have at least 1 coordinate", x.dim());
    require(y.dim() == x.dim(), where, "y", "must have the dimension of x", y.dim(), " for ", x.dim());
    require(x.size() >= 2, where, "x", "must have at least 2 points", x.size());
    require(y.size() >= 2, where, "y", "must have at least 2 points", y.size());
}

} // namespace detail

/// Estimates MMD^2 = E k(X, X') + E k(Y, Y') - 2 E k(X, Y) from x, n points, and y, m points of the same dimension.
/// k: a kernel in any form, of distances, of inner products or of points.
/// The standard error estimates, squared and without bias, the variance of `unbiased` over samples of n and m independent
/// points, whether the two distributions differ or not (all terms of order 1/n and 1/n^2 [Hoeffding 1948]). Where the
/// estimate of the first order comes out negative it counts as 0, so that of distributions that are the same the squared error is
/// too large on average (`permutation_test` is for those). A NaN among the coordinates of a sample makes all that this sample enters NaN,
/// `unbiased`, `biased` and `standard_error` among it; so do infinite kernel values that meet.
/// Throws std::invalid_argument for fewer than 2 points in either, or dimensions that differ.
/// Kernel values are computed in the scalar of the batches and added in double, or in that scalar if it is wider. The
/// same bits on any number of threads. Cost: (n + m)^2 / 2 kernel values, 32 (n + m) numbers of memory.
template <exec::policy P, class K, batch X, batch Y>
    requires kernel<K, batch_scalar_t<X>>
mmd_estimate<sum_scalar_t<batch_scalar_t<X>>> mmd(const P& policy, const K& k, const X& x, const Y& y) {
    using R = sum_scalar_t<batch_scalar_t<X>>;
    const auto xs = exec::view_on(policy, x);
    const auto ys = exec::view_on(policy, y);
    detail::require_two_samples(xs, ys, "cdl::metric::mmd");
    return detail::mmd_from_sums<R>(detail::sum_kernel(policy, k, xs, xs, detail::pairing::once),
                                    detail::sum_kernel(policy, k, ys, ys, detail::pairing::once),
                                    detail::sum_kernel(policy, k, xs, ys, detail::pairing::every),
                                    detail::sum_of_diagonal<R>(policy, k, xs),
                                    detail::sum_of_diagonal<R>(policy, k, ys));
}

/// What is no kernel is refused.
template <exec::policy P, class K, batch X, batch Y>
    requires(!kernel<K, batch_scalar_t<X>>)
void mmd(const P&, const K&, const X&, const Y&) {
    require_kernel<K, batch_scalar_t<X>>();
}

/// A call without a policy is refused.
template <class First, class... Rest>
    requires(!exec::policy<First>)
void mmd(const First&, const Rest&...) {
    exec::require_policy<First>();
}

} // namespace cdl::metric
