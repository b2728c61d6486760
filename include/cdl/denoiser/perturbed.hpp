// SPDX-License-Identifier: MIT
#pragma once

// Denoisers that are wrong, by a known amount: what does a sampler, a density or a classifier do with them? The error is
// added to the score,
//
//     score_hat = score + e(z, a),     eps_hat' = eps_hat - N e(z, a),     N = noise_scale(a),
//
// because that is what theorems about imperfect denoisers bound, E |e|^2 under p_a (Chen et al. 2023). Other ways of being
// wrong: denoiser::empirical on n draws has the error of a finite sample, with_quantised_levels that of a network which
// knows integer steps only.

#include <cdl/denoiser/detail/scratch_point.hpp>

#include <numbers>

namespace cdl::denoiser {

/// A smooth error field: waves along each coordinate, e_j(z, a) = amplitude sin(2 pi z_i / wavelength + phase), i the
/// coordinate after j (the first after the last). The same at every level; |e_j| <= amplitude, and where z is spread over
/// many wavelengths the mean of e_j^2 is amplitude^2 / 2. For d >= 2 no density has it as its score: its divergence is 0,
/// its curl is not. For scalars with a sine: floats, autodiff numbers, SIMD packs.
struct wave_error {
    double amplitude;  ///< of the score, in units of 1 / z
    double wavelength; ///< in units of z, which has a variance of about 1 at every level; not 0
    double phase = 0;  ///< radians

    template <point Z, class S, class Out>
    CDL_HD void operator()(const Z& z, const log_snr<S>&, Out&& out) const {
        using std::sin;
        const auto number = [](double v) { return S(static_cast<lane_t<S>>(v)); };
        const S height = number(amplitude), frequency = number(2 * std::numbers::pi / wavelength),
                start = number(phase);
        const auto dim = static_cast<index_t>(z.size());
        for (index_t j = 0; j < dim; ++j)
            out[j] = S(height * S(sin(multiply_add(frequency, S(z[j + 1 < dim ? j + 1 : 0]), start))));
    }
};

/// A point denoiser whose score is wrong by e(z, a): eps_hat = f(z, a) - noise_scale(a) e(z, a). `error` is a constant,
/// trivially copyable function error(z, a, out) of one point that writes the d coordinates of e, as a point denoiser writes
/// eps_hat. One denoiser call. Where noise_scale is 0 a finite error makes none. On the host any dimension: a dynamic one above
/// `local_point_capacity` allocates a point at each call; on a device such a batch is refused with std::invalid_argument.
template <class F, class Error>
class with_score_error : public detail::in_space_of<F, Error> {
    static_assert(detail::in_one_space<F, Error>(),
                  "cdl: the parameters of the denoiser and of the error live in different memory");

public:
    static constexpr bool points_in_registers = true; ///< on a device

    CDL_HD with_score_error(F f, Error error) : f_(f), error_(error) {}

    CDL_HD index_t dim() const
        requires detail::of_known_dim<F>
    {
        return f_.dim();
    }

    template <point Z, class S, class E>
        requires(point_denoiser<F, S> && point_denoiser<Error, S>)
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        f_(z, a, eps_hat);
        const auto dim = static_cast<index_t>(z.size());
        detail::scratch_point<S, detail::static_dim_of<Z>()> scratch(dim);
        const auto wrong = scratch.view();
        error_(z, a, wrong);
        const S minus_noise = S(-noise_scale(a));
        for (index_t j = 0; j < dim; ++j) eps_hat[j] = multiply_add(minus_noise, wrong[j], S(eps_hat[j]));
    }

private:
    F f_;
    Error error_;
};

} // namespace cdl::denoiser
