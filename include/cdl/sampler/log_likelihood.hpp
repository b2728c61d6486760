// SPDX-License-Identifier: MIT
#pragma once

// The density that the probability flow gives a noisy point: along the flow f = N (N z - eps_hat) / 2 from level a to pure
// noise, where z has become z1, it changes as volumes do [Chen et al. 2018, eq. 8; Song et al. 2021b, eq. 39],
//
//     log p_a(z) = log N(z1; 0, I) + integral of div f along the flow,   div f = N (N d - div eps_hat) / 2.
//
// The integral is one more component of the differential equation, with the same control of errors. div eps_hat is what the
// denoiser says, where it has a `divergence`, or Hutchinson's estimate [Hutchinson 1989]: for signs v, E[v . J v] = tr J,
//
//     v . J v ~ v . (eps_hat(z + h v) - eps_hat(z - h v)) / (2h).

#include <cdl/math/constants.hpp>
#include <cdl/sampler/detail/log_likelihood_fields.hpp>

namespace cdl::sampler {

/// Asks for Hutchinson's estimate of the divergence, for denoisers that do not know theirs.
struct hutchinson {
    random::noise_stream noise{}; ///< probe k has the signs of its step k, the same ones along the whole flow
    index_t probes = 1;           ///< two calls of the denoiser each
    /// h in units of the noise scale N of the level, over which eps_hat bends; 0 is the cube root of epsilon. The slope of an
    /// integral then has a rounding error of about epsilon^(2/3) |eps_hat| / 2 and an error of the difference of
    /// epsilon^(2/3) N^3 / 12 times the third derivative of v . eps_hat along v, the same orders at every level;
    /// epsilon^(2/3) is 4e-11 for double and 2e-5 for float. Tolerances below that cannot be kept.
    double step = 0;

    void check(const char* where) const {
        require(probes >= 1, where, "probes", "must be at least 1", probes);
        require(step >= 0 && step - step == 0, where, "step", "must be finite and not negative", step);
    }
};

namespace detail {

/// value = log N(z1; 0, I) + the mean of the integrals, and their standard error, for a group of rows.
template <class T, class Space, class Value, class Error>
struct estimated_log_likelihood {
    state_rows<T, Space> rows;
    index_t d;
    Value value;
    Error error;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        using std::sqrt;
        const index_t probes = rows.dim() - d;
        S squares = S(T(0)), mean = S(T(0)), spread = S(T(0));
        for (index_t j = 0; j < d; ++j) {
            const S z = load<S>(rows, i, j);
            squares = multiply_add(z, z, squares);
        }
        for (index_t k = 0; k < probes; ++k) { // a running mean and sum of squares about it
            const S off = S(load<S>(rows, i, d + k) - mean);
            mean = S(mean + off / S(static_cast<T>(k + 1)));
            spread = multiply_add(off, S(load<S>(rows, i, d + k) - mean), spread);
        }
        const S normaliser = S(S(static_cast<T>(d)) * math::log_two_pi<S>());
        store(value, i, 0, S(mean - S(squares + normaliser) / S(T(2))));
        store(error, i, 0, S(sqrt(S(spread / S(static_cast<T>(probes * (probes - 1)))))));
    }
};

/// log_p[i] = log p_a(z[i]) by the flow, whatever field estimates the divergence.
template <class T, index_t D, class P, class Z, class Field, class Value, class Error>
flow_report integrate_log_likelihood(const P& policy, const Field& field, log_snr<T> a, const Z& z, index_t integrals,
                                     const Value& log_p, const Error& error, const flow_settings& settings,
                                     const char* where) {
    using Space = typename P::space;
    const index_t n = z.size(), d = z.dim();
    dormand_prince<T, Space> solver(policy, n, d + integrals, d);
    const auto from = usable_end(a, pure_noise<T>()), to = noisiest_of_flow<T>();
    const auto report = solver.integrate(policy, field, z, from.value, to.value, settings, where);
    policy.template for_each_lanes<T>(
        n, estimated_log_likelihood<T, Space, Value, Error>{solver.result(), d, log_p, error});
    return report;
}

/// The checks of both functions.
template <class P, class F, class Z, class Out, class T>
void check_log_likelihood(const P& policy, const F& denoiser, log_snr<T> a, const Z& z, const Out& out,
                          const flow_settings& settings, const char* where, const char* argument) {
    settings.check(where);
    require(a == a, where, "a", "must not be NaN", a.value);
    denoiser::require_same_space(denoiser, policy);
    denoiser::require_dimension(denoiser, z, where, "z");
    require(out.size() == z.size() && (z.size() == 0 || out.dim() == 1), where, argument,
            "must have a number for each point", out.size(), " x ", out.dim(), " for ", z.size(), " points");
    require_writable(out, where, argument);
}

/// Where nobody asks for a standard error.
template <class T>
struct no_column {};
template <class S, class T>
CDL_HD void store(no_column<T>, lanes<S>, index_t, const S&) {}

} // namespace detail

/// log_p[i] = log p_a(z[i]), nats, for a denoiser that knows its divergence (`denoiser::optimal`, `denoiser::empirical`).
///
/// It is the density of what the flow makes of pure noise: of the data, noised, where eps_hat is exact; a network's own
/// otherwise. z: n x d, at level a, clean data taken at `cleanest_of_flow`; log_p: n numbers. What it lacks: the law at
/// `noisiest_of_flow` is N(0, I) up to S |z1| |mean of the data|, about epsilon; the errors of z and of the integral, of 5
/// tolerances at most by the estimate where the report says `converged`, those of z times the gradient of log p. For 3000
/// random mixtures on a line log p was off by at most 5 tolerances, in units of 1 + |log p|. Points do not depend on each other.
///
/// Throws as `probability_flow` does, before anything is written. Cost and memory are its own, with one number more a
/// point, and one divergence for each call.
template <exec::policy P, class F, batch Z, writable_batch V>
flow_report log_likelihood(const P& policy, F&& denoiser, log_snr<batch_scalar_t<V>> a, const Z& z, V&& log_p,
                           const flow_settings& settings = {}) {
    using T = batch_scalar_t<V>;
    using G = std::remove_reference_t<F>;
    static_assert(detail::knows_divergence<G, T>,
                  "cdl: this denoiser has no divergence(z, a): ask for an estimate by sampler::hutchinson");
    constexpr auto where = "cdl::sampler::log_likelihood";
    const auto points = exec::view_on(policy, z);
    const auto out = exec::view_on(policy, log_p);
    constexpr index_t D = decltype(exec::view_on(policy, z))::static_dim;
    detail::check_log_likelihood(policy, denoiser, a, points, out, settings, where, "log_p");
    if (points.size() == 0) return {};
    const detail::exact_field<G, T, D, typename P::space> field{denoiser, points.dim()};
    return detail::integrate_log_likelihood<T, D>(policy, field, a, points, 1, out, detail::no_column<T>{}, settings,
                                                  where);
}

/// The same for any denoiser, with Hutchinson's estimate: log_p is the mean over its probes, unbiased up to the errors of
/// the difference and of the solver; standard_error, n numbers, that of the mean, NaN for one probe. Cost: 1 + 2 probes
/// calls where `probability_flow` has one. Point i of the batch has the probes of point i of the noise: a part of a
/// batch takes noise.starting_at(first).
template <exec::policy P, class F, batch Z, writable_batch V, writable_batch E>
flow_report log_likelihood(const P& policy, F&& denoiser, const hutchinson& estimate, log_snr<batch_scalar_t<V>> a,
                           const Z& z, V&& log_p, E&& standard_error, const flow_settings& settings = {}) {
    using T = batch_scalar_t<V>;
    using G = std::remove_reference_t<F>;
    constexpr auto where = "cdl::sampler::log_likelihood";
    const auto points = exec::view_on(policy, z);
    const auto out = exec::view_on(policy, log_p);
    const auto error = exec::view_on(policy, standard_error);
    constexpr index_t D = decltype(exec::view_on(policy, z))::static_dim;
    estimate.check(where);
    detail::check_log_likelihood(policy, denoiser, a, points, out, settings, where, "log_p");
    detail::check_log_likelihood(policy, denoiser, a, points, error, settings, where, "standard_error");
    const index_t n = points.size(), d = points.dim();
    random::require_noise(estimate.noise, 0, estimate.probes, n, d, where);
    if (n == 0) return {};
    const T share = estimate.step > 0 ? T(estimate.step) : T(std::cbrt(std::numeric_limits<T>::epsilon()));
    const detail::probed_field<G, T, D, typename P::space> field(policy, denoiser, n, d, estimate.noise,
                                                                 estimate.probes, share);
    return detail::integrate_log_likelihood<T, D>(policy, field, a, points, estimate.probes, out, error, settings,
                                                  where);
}

} // namespace cdl::sampler
