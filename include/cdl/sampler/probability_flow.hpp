// SPDX-License-Identifier: MIT
#pragma once

// The probability-flow ODE [Song et al. 2021b, eq. 13] with steps that choose themselves. With S and N the scales at level
// a, y = z / S and sigma = N / S = e^(-a/2) it is dy/dsigma = eps_hat [Song et al. 2021a, eq. 14]; S^2 = sigmoid(a) gives
// dS/da = S N^2 / 2, and so
//
//     dz/da = N (N z - eps_hat(z, a)) / 2.
//
// It carries the law p_a of one level to that of another, either way: to data it is a sampler, to noise an encoder. In a it
// is smooth at both ends, where the slope falls like S or like N.

#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/detail/dormand_prince.hpp>

namespace cdl::sampler {

/// The level at which the flow takes clean data: -log epsilon, where N^2 is the rounding error. Between there and clean data
/// a coordinate of standard deviation s moves by a share N^2 / (2 s^2) of its distance from the mean. 36.0 for double,
/// 15.9 for float.
template <scalar T>
log_snr<T> cleanest_of_flow() {
    using std::log;
    return {T(-log(std::numeric_limits<T>::epsilon()))};
}

/// The level at which the flow takes pure noise: 2 log epsilon, where S is the rounding error; from there on z moves by S
/// times the mean of the data. The flow asks for eps_hat alone, and so may begin at noisier levels than samplers that
/// need x_hat (`noisiest_usable`). -72.1 for double, -31.9 for float.
template <scalar T>
log_snr<T> noisiest_of_flow() {
    using std::log;
    return {T(T(2) * log(std::numeric_limits<T>::epsilon()))};
}

namespace detail {

/// k = N (N u - k) / 2 for the rows of a state: u the coordinates z, where k is eps_hat; behind them u is d, and k is
/// div eps_hat.
template <class T, class Space>
struct flow_slope {
    state_rows<T, Space> at, k;
    level_view<T, Space> levels;
    index_t d;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const S N = noise_scale(load(levels, i)), half = S(N / S(T(2)));
        for (index_t j = 0; j < k.dim(); ++j) {
            const S u = j < d ? load<S>(at, i, j) : S(static_cast<T>(d));
            store(k, i, j, S(half * S(N * u - load<S>(k, i, j))));
        }
    }
};

/// The coordinates of the points in the rows of a state.
template <index_t D, class T, class Space>
batch_view<T, D, point_major, Space> points_of(const state_rows<T, Space>& rows, index_t d) {
    return {rows.data(), rows.size(), d, rows.point_stride(), 1};
}

/// The slopes of z, one call of the denoiser.
template <class F, class T, index_t D, class Space>
struct flow_field {
    F& denoiser;
    index_t d;

    template <exec::policy P>
    index_t operator()(const P& policy, const state_rows<T, Space>& at, const level_view<T, Space>& levels,
                       const state_rows<T, Space>& k, const index_t*) const {
        denoiser::denoise(policy, denoiser, points_of<D>(at, d), levels, points_of<D>(k, d));
        policy.template for_each_lanes<T>(at.size(), flow_slope<T, Space>{at, k, levels, d});
        return 1;
    }
};

/// A finite level for an end of the flow: clean data is taken at `cleanest_of_flow`, or at the other end where that is
/// cleaner, and what is noisier than `noisiest_of_flow` there.
template <class T>
log_snr<T> usable_end(log_snr<T> end, log_snr<T> other) {
    if (end < noisiest_of_flow<T>()) return noisiest_of_flow<T>();
    if (end < clean<T>()) return end;
    return other < clean<T>() && cleanest_of_flow<T>() < other ? other : cleanest_of_flow<T>();
}

} // namespace detail

/// Carries the points z, n x d, from one level to another along the flow, in place, either way. Each point has steps of its
/// own, so its result depends on nothing but itself, not on the other points, their number, their order or the threads.
///
/// denoiser: a batch denoiser, which is asked with a level for each point, or a point denoiser, which is lifted. Ends:
/// pure noise is taken at `noisiest_of_flow`. Clean data is taken at `cleanest_of_flow`; the flow to clean data ends with the
/// step of `ddim` from there, which gives x_hat, exact for data that is some points and else within a share
/// N^2 / (2 s^2) of the flow; the flow from clean data takes x for z there, which such points without width do not allow.
/// Equal levels do nothing.
///
/// Accuracy: the error at the end is at most 10 tolerances, each coordinate in units of absolute + relative |z|, where the report
/// says `converged`: so it came out for 10^4 random mixtures and starts on a line, both ways, at tolerances from 1e-3 to 1e-9,
/// and for 10^3 in the plane (docs/method_table.md has the figures). A few starts of mixtures whose scales lie
/// a thousandfold apart came out at 11 to 15. It is an estimate, not a bound: a point that lies on a watershed between modes to
/// within a few tolerances can come out in the other mode. Where even steps to rounding do not place a point, `converged` is false.
///
/// Throws std::invalid_argument where settings, levels or shapes do not fit; std::runtime_error where a point needs more
/// than max_steps, a step becomes too small for the levels, or the flow is not finite. z is then as it was, as it is when the
/// denoiser throws. Cost: one call of the denoiser, six for each step, one to clean data; points that have arrived are asked
/// along with the others. From noise to data that is about 600 calls at the default; only points whose error is too large are
/// followed again, in a batch of their own: the denoiser is a function of point and level, not of the row. Memory: ten batches.
template <exec::policy P, class F, writable_batch Z>
flow_report probability_flow(const P& policy, F&& denoiser, log_snr<batch_scalar_t<Z>> from,
                             log_snr<batch_scalar_t<Z>> to, Z&& z, const flow_settings& settings = {}) {
    using T = batch_scalar_t<Z>;
    using Space = typename P::space;
    constexpr auto where = "cdl::sampler::probability_flow";
    const auto points = exec::view_on(policy, z);
    constexpr index_t D = decltype(exec::view_on(policy, z))::static_dim;
    settings.check(where);
    require(from == from, where, "from", "must not be NaN", from.value);
    require(to == to, where, "to", "must not be NaN", to.value);
    require_writable(points, where, "z");
    denoiser::require_dimension(denoiser, points, where, "z");
    const index_t n = points.size(), d = points.dim();
    if (from == to || n == 0) return {};

    const auto first = detail::usable_end(from, to), last = detail::usable_end(to, from);
    detail::dormand_prince<T, Space> solver(policy, n, d, d);
    const detail::flow_field<std::remove_reference_t<F>, T, D, Space> field{denoiser, d};
    auto report = solver.integrate(policy, field, points, first.value, last.value, settings, where);
    const auto at = detail::points_of<D>(solver.result(), d), eps_hat = detail::points_of<D>(solver.spare(), d);
    if (to < clean<T>()) {
        detail::combine<P, T, D, Space>(policy, {{T(1), at}}, points);
    } else {
        const auto u = detail::rounded_coefficients(ddim{}, last, to);
        denoiser::denoise(policy, denoiser, at, level_view<T, Space>(last), eps_hat);
        detail::combine<P, T, D, Space>(policy, {{u.from_z, at}, {u.from_eps_hat, eps_hat}}, points);
        ++report.denoiser_calls;
    }
    return report;
}

} // namespace cdl::sampler
