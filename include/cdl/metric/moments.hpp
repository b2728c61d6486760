// SPDX-License-Identifier: MIT
#pragma once

// The mean and the covariance of a sample, in two passes and in double whatever the scalar of the batch.

#include <cdl/exec/policy.hpp>

#include <Eigen/Core>

#include <vector>

namespace cdl::metric {

/// A mean of d coordinates and a d x d covariance.
struct mean_and_covariance {
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;
};

namespace detail {

/// n points cut into runs, whose sums are added as a tree. Their number depends on d alone, so bits do not depend on
/// threads; few where a covariance is large, because each run has one.
struct point_runs {
    index_t points, count;

    point_runs(index_t n, index_t dim) : points(n), count((1 << 22) / (dim * dim)) {
        count = count < 1 ? 1 : count < 64 ? count : 64;
    }
    CDL_HD index_t first(index_t run) const {
        return points / count * run + (run < points % count ? run : points % count);
    }
};

/// The sum of each coordinate over a run.
template <class X>
struct sum_of_run {
    X x;
    point_runs runs;
    double* sums; ///< runs x d

    CDL_HD void operator()(index_t run) const {
        double* out = sums + run * x.dim();
        for (index_t j = 0; j < x.dim(); ++j) out[j] = 0;
        for (index_t i = runs.first(run); i < runs.first(run + 1); ++i)
            for (index_t j = 0; j < x.dim(); ++j) out[j] += static_cast<double>(x(i, j));
    }
};

/// Coordinates are taken in groups of this many.
inline constexpr index_t coordinates = 8;

/// The sum over a run of (x_j - mean_j) (x_l - mean_l) for a group of j and one of l, not below the diagonal.
template <class X>
struct products_of_run {
    X x;
    point_runs runs;
    const double* mean;
    double* sums; ///< runs x d x d

    CDL_HD void operator()(index_t index) const {
        const index_t d = x.dim(), groups = (d + coordinates - 1) / coordinates;
        const index_t run = index / (groups * groups);
        const index_t j = index / groups % groups * coordinates, l = index % groups * coordinates;
        if (l < j) return;
        double sum[coordinates][coordinates] = {};
        for (index_t i = runs.first(run); i < runs.first(run + 1); ++i) {
            double u[coordinates], v[coordinates];
            for (index_t c = 0; c < coordinates; ++c) {
                u[c] = offset(i, j + c);
                v[c] = offset(i, l + c);
            }
            for (index_t c = 0; c < coordinates; ++c)
                for (index_t e = 0; e < coordinates; ++e) sum[c][e] += u[c] * v[e];
        }
        for (index_t c = 0; c < coordinates && j + c < d; ++c)
            for (index_t e = 0; e < coordinates && l + e < d; ++e) sums[(run * d + j + c) * d + l + e] = sum[c][e];
    }

    CDL_HD double offset(index_t i, index_t j) const {
        return j < x.dim() ? static_cast<double>(x(i, j)) - mean[j] : 0.0;
    }
};

} // namespace detail

/// The mean and the unbiased covariance, sum_i (x_i - mean) (x_i - mean)^T / (n - 1), of n points x of d coordinates, exactly
/// symmetric. Throws std::invalid_argument for fewer than 2 points. A coordinate that is NaN or infinite makes its
/// mean so, and its covariances NaN.
/// The same bits under every policy of the host and on any number of threads. Cost: two passes; 64 d (d + 1) numbers of
/// memory, or 2^22 where that is less, or d^2 where that is more.
template <exec::policy P, batch X>
mean_and_covariance moments(const P& policy, const X& x) {
    const auto points = exec::view_on(policy, x);
    using view = std::remove_const_t<decltype(points)>;
    const index_t n = points.size(), d = points.dim();
    constexpr auto where = "cdl::metric::moments";
    require(d >= 1, where, "x", "must have at least 1 coordinate", d);
    require(n >= 2, where, "x", "must have at least 2 points", n);
    const detail::point_runs runs(n, d);
    mean_and_covariance result{Eigen::VectorXd(d), Eigen::MatrixXd(d, d)};

    std::vector<double> sums(static_cast<std::size_t>(runs.count * d));
    const auto of_runs = policy.template allocate<double>(runs.count * d);
    policy.for_each_index(runs.count, detail::sum_of_run<view>{points, runs, of_runs.data()});
    policy.get(of_runs.data(), of_runs.size(), sums.data());
    for (index_t j = 0; j < d; ++j)
        result.mean(j) = exec::tree_sum(sums.data() + j, runs.count, d) / static_cast<double>(n);

    const auto mean = policy.put(result.mean.data(), d);
    const index_t groups = (d + detail::coordinates - 1) / detail::coordinates;
    sums.resize(static_cast<std::size_t>(runs.count * d * d));
    const auto products = policy.template allocate<double>(runs.count * d * d);
    policy.for_each_index(runs.count * groups * groups,
                          detail::products_of_run<view>{points, runs, mean.data(), products.data()});
    policy.get(products.data(), products.size(), sums.data());
    for (index_t j = 0; j < d; ++j)
        for (index_t l = j; l < d; ++l)
            result.covariance(j, l) = result.covariance(l, j) =
                exec::tree_sum(sums.data() + j * d + l, runs.count, d * d) / static_cast<double>(n - 1);
    return result;
}

} // namespace cdl::metric
