// SPDX-License-Identifier: MIT
#pragma once

// Predictor and corrector [Song et al. 2021b, alg. 1]: after each step of a sampler some steps of Langevin dynamics at the
// level reached, whose stationary law is p_a and so does not add up errors,
//
//     z <- z + u score + sqrt(2u) noise,   score = -eps_hat / N,   u = 2 r^2 N^2   [ibid. alg. 5]:
//     z <- z - 2 r^2 N eps_hat + 2 r N noise.
//
// Song et al. multiply u by |noise|^2 / |eps_hat|^2, means over the batch. The factor is 1 on average, where eps_hat has
// the size of noise; without it no point depends on the others.

#include <cdl/sampler/stepper.hpp>

namespace cdl::sampler {

template <class Predictor, class T, index_t D, class Space>
class corrected_stepper;
template <class M>
struct corrected;

namespace detail {
template <class M>
inline constexpr bool is_corrected = false;
template <class M>
inline constexpr bool is_corrected<corrected<M>> = true;
} // namespace detail

/// A method followed, at every level that it reaches but clean data, by `corrections` steps of Langevin dynamics: the calls
/// of the method and one for each correction.
///
/// The law that the corrections keep is p_a up to their discretisation: for a Gaussian law its variance v along an axis,
/// which is at least N^2, becomes v / (1 - r^2 N^2 / v). So r < 1 is stable and a larger one is not.
///
/// Noise: step k of the grid takes the numbers of step k (1 + corrections) for the method, and those of the next ones for
/// the corrections; recorded noise must have all of them, also those of a last step to clean data.
template <class M>
struct corrected {
    M predictor{};
    double ratio = 0.16;     ///< r, Song et al.'s signal-to-noise ratio of a correction; in [0, 1)
    index_t corrections = 1; ///< a level

    static_assert(!detail::is_corrected<M>,
                  "cdl: corrections of corrections would share their noise: ask for more of them");

    bool stochastic() const { return corrections > 0 || predictor.stochastic(); }
    template <class N>
    void check_noise(const N& source, index_t steps, index_t size, index_t dim, const char*) const {
        if (stochastic())
            random::require_noise(source, 0, steps * (1 + corrections), size, dim, "cdl::sampler::corrected");
    }
    void check_batch(index_t steps, index_t size, index_t dim) const {
        if constexpr (requires { predictor.check_batch(steps, size, dim); }) predictor.check_batch(steps, size, dim);
    }
    void check(const char* where) const {
        if constexpr (requires { predictor.check(where); }) predictor.check(where);
        require(ratio >= 0 && ratio < 1, where, "ratio", "must be in [0, 1)", ratio);
        require(corrections >= 0 && corrections < random::noise_steps, where, "corrections",
                "must be from 0 to 2^32 - 1", corrections);
    }

    template <class T, index_t D, exec::policy P>
    auto stepper(const P& policy, index_t size, index_t dim) const {
        auto of_predictor = stepper_for<T, D>(policy, predictor, size, dim);
        using result = corrected_stepper<decltype(of_predictor), T, D, typename P::space>;
        return result(policy, std::move(of_predictor), *this, size, dim);
    }
};

template <class M, class... Settings>
corrected(M, Settings...) -> corrected<M>;

/// The memory of `corrected`: that of its predictor, and one batch.
template <class Predictor, class T, index_t D, class Space>
class corrected_stepper {
public:
    template <exec::policy P, class M>
    corrected_stepper(const P& policy, Predictor predictor, const corrected<M>& method, index_t size, index_t dim)
        : predictor_(std::move(predictor)), eps_hat_(policy, size, dim), ratio_(method.ratio),
          corrections_(method.corrections) {}

    /// Moves z, n x d, in place. Returns the number of calls of the denoiser.
    template <exec::policy P, class F, class Z, class N>
    index_t step(const P& policy, F& denoiser, const Z& z, const level_step<T>& s, const N& noise) {
        const index_t addresses = 1 + corrections_, first = s.index * addresses;
        index_t calls = predictor_.step(policy, denoiser, z, level_step<T>{first, s.count, s.from, s.to}, noise);
        if (s.to == clean<T>()) return calls;

        using W = detail::wide<T>;
        const W r = W(ratio_), N_to = noise_scale(log_snr<W>{W(s.to.value)});
        const T drift = T(W(-2) * r * r * N_to), spread = T(W(2) * r * N_to);
        const auto eps_hat = eps_hat_.packed();
        for (index_t k = 1; k <= corrections_; ++k, ++calls) {
            denoiser::denoise(policy, denoiser, z, level_view<T, Space>(s.to), eps_hat);
            detail::combine<P, T, D, Space>(policy, {{T(1), z}, {drift, eps_hat}}, z, spread, noise, first + k);
        }
        return calls;
    }

private:
    Predictor predictor_;
    detail::scratch<T, D, Space> eps_hat_;
    double ratio_;
    index_t corrections_;
};

} // namespace cdl::sampler
