// SPDX-License-Identifier: MIT
#pragma once

// An observer of sampler::run that keeps the whole trajectory.

#include <cdl/exec/policy.hpp>
#include <cdl/schedule/log_snr.hpp>

namespace cdl::sampler {

namespace detail {

/// to = from for a group of points.
template <class From, class To>
struct copied {
    From from;
    To to;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        for (index_t j = 0; j < to.dim(); ++j) store(to, i, j, load<S>(from, i, j));
    }
};

} // namespace detail

/// Copies the points at level k of a grid of T + 1 levels, n x d, to rows k n, ..., k n + n - 1 of a batch with (T + 1) n
/// rows, in memory of the policy: an Eigen matrix with (T + 1) n columns, numbers of any T + 1 x n x d tensor viewed by
/// as_batch(numbers, d), ... Rows of levels that are not reached are left as they are.
///
///     sampler::run(policy, method, denoiser, grid, z, noise, sampler::record(policy, trajectory));
template <exec::policy P, class Trajectory>
class record {
public:
    /// `trajectory` must outlive the run. Throws std::invalid_argument where its points share memory.
    template <writable_batch B>
    record(const P& policy, B&& trajectory) : policy_(policy), trajectory_(exec::view_on(policy, trajectory)) {
        static_assert(std::is_lvalue_reference_v<B> || !batch_adapter<std::remove_cvref_t<B>>::owns,
                      "cdl: record keeps a view of the trajectory, which must have a name");
        require_writable(trajectory_, "cdl::sampler::record", "trajectory");
    }

    /// Throws std::invalid_argument where the trajectory has another dimension than z, is not a whole number of its batches, or
    /// has no rows for so many levels. `run` asks before the first step.
    template <class Z>
    void check(index_t levels, const Z& z) const {
        static_assert(std::is_same_v<typename Trajectory::value_type, typename Z::value_type>,
                      "cdl: a trajectory must have the scalar of z");
        constexpr auto where = "cdl::sampler::record";
        const index_t n = z.size(), rows = trajectory_.size();
        if (n == 0) return;
        require(trajectory_.dim() == z.dim(), where, "trajectory", "must have the dimension of z", trajectory_.dim(),
                " for ", z.dim());
        require(rows % n == 0, where, "trajectory", "must have n rows for each level", rows, " rows for n = ", n);
        require(levels * n <= rows, where, "trajectory", "must have n rows for each level", rows / n, " levels for ",
                levels);
    }

    /// Copies the points at level k. Throws as `check(k + 1, z)`.
    template <class T, class Z>
    void operator()(index_t k, log_snr<T>, const Z& z) const {
        check(k + 1, z);
        const index_t n = z.size();
        if (n == 0) return;
        const auto to = trajectory_.slice(k * n, n);
        policy_.template for_each_lanes<T>(n, detail::copied<Z, Trajectory>{z, to});
    }

private:
    P policy_;
    Trajectory trajectory_;
};

template <class P, class B>
record(const P&, B&&) -> record<P, batch_view_of<std::remove_reference_t<B>>>;

} // namespace cdl::sampler
