// SPDX-License-Identifier: MIT
#pragma once

// The optimal denoiser of a Gaussian mixture, in closed form [CDL eq. 1, A.3]:
//
//     eps_hat(z, a) = E[eps | z] = N sum_k r_k C_k^-1 (z - S mu_k) = -N grad log p_a(z),
//
// S = signal_scale(a), N = noise_scale(a), C_k = S^2 Sigma_k + N^2 I, r_k the posterior probability of component k.
// The second form is Tweedie's [CDL eq. 9].

#include <cdl/denoiser/lift.hpp>
#include <cdl/distribution/detail/mixture_divergence.hpp>
#include <cdl/distribution/detail/mixture_posterior.hpp>
#include <cdl/distribution/gaussian_mixture.hpp>

namespace cdl::denoiser {

namespace detail {

/// Row k of the table of a mixture at one level.
template <class T, index_t D, distribution::covariance C>
struct tabulated {
    distribution::detail::components_at<T, T, D, C> noised;
    T *log_weights, *means, *precisions;

    CDL_HD void operator()(index_t k) const {
        const index_t d = noised.dim(), axes = C == distribution::covariance::isotropic ? 1 : d;
        log_weights[k] = noised.log_weight(k);
        for (index_t j = 0; j < d; ++j) means[k * d + j] = noised.mean(k, j);
        for (index_t j = 0; j < axes; ++j) precisions[k * axes + j] = noised.precision(k, j);
    }
};

} // namespace detail

/// The tabulated components of a mixture at one level, and their point denoiser.
template <class T, index_t D, distribution::covariance C, class Space = host>
class optimal_at_level {
public:
    template <exec::policy P>
    optimal_at_level(const P& policy, const distribution::mixture_view<T, D, C>& mixture, log_snr<T> a)
        : mixture_(mixture), log_weights_(policy.template allocate<T>(mixture.size())),
          means_(policy.template allocate<T>(mixture.size() * mixture.dim())),
          precisions_(policy.template allocate<T>(mixture.size() *
                                                  (C == distribution::covariance::isotropic ? 1 : mixture.dim()))),
          level_(a) {
        policy.for_each_index(mixture.size(),
                              detail::tabulated<T, D, C>{distribution::detail::components_at<T, T, D, C>(mixture, a),
                                                         log_weights_.data(), means_.data(), precisions_.data()});
    }

    /// eps_hat at this level, whatever level is passed.
    struct point_function {
        distribution::detail::tabulated_components<T, D, C> components;
        T noise_scale;

        template <class Z, class S, class E>
        CDL_HD void operator()(const Z& z, const log_snr<S>&, E&& eps_hat) const {
            auto&& out = as_point(eps_hat);
            distribution::detail::mean_pull(components, as_point(z), S(noise_scale), out);
        }

        /// div_z eps_hat at this level, whatever level is passed.
        template <class Z, class S>
        CDL_HD S divergence(const Z& z, const log_snr<S>&) const {
            return distribution::detail::divergence(components, as_point(z), S(noise_scale));
        }
    };

    /// Views the table, which must outlive it.
    point_function point() const& {
        const T smallest = distribution::detail::components_at<T, T, D, C>(mixture_, level_).smallest_variance();
        return {{{log_weights_.data(), means_.data(), precisions_.data(), mixture_.bases, mixture_.components,
                  mixture_.dimension, smallest},
                 mixture_,
                 level_},
                noise_scale(level_)};
    }
    point_function point() const&& = delete;

private:
    distribution::mixture_view<T, D, C> mixture_;
    exec::buffer<T, Space> log_weights_, means_, precisions_;
    log_snr<T> level_;
};

/// The optimal denoiser of a mixture: a point denoiser, a batch denoiser and an exact density in one value. It views
/// the mixture, which must outlive it. One for a device is made from `mixture.on(policy)`.
template <class T, index_t D, distribution::covariance C, class Space = host>
class optimal {
public:
    using space = Space; ///< where the parameters lie

    explicit optimal(const distribution::gaussian_mixture<T, D, C>& mixture)
        requires std::is_same_v<Space, host>
        : mixture_(mixture.view()) {}
    explicit optimal(const distribution::gaussian_mixture<T, D, C>&&) = delete;
    explicit optimal(const distribution::mixture_on<T, D, C, Space>& mixture) : mixture_(mixture.view()) {}
    explicit optimal(const distribution::mixture_on<T, D, C, Space>&&) = delete;

    CDL_HD index_t dim() const { return mixture_.dim(); }
    /// The scales of the data, see `distribution::data_scales`. O(K d).
    distribution::data_scales<T> scales() const
        requires std::is_same_v<Space, host>
    {
        return distribution::scales_of(mixture_);
    }

    /// eps_hat = E[eps | z] for one point z of any scalar made of T. At a = -inf eps_hat = z; at a = +inf it is 0.
    /// |eps_hat| grows like |z|. Error: a few epsilon of its largest term, and where several components count, by
    /// max(sqrt(epsilon), epsilon q) of what they differ by, q the change of their log ratio when inputs change by all of themselves:
    /// exponents above epsilon^-1/2 + 4d, variances below min/epsilon^2 and squares that overflow are done again by differences,
    /// one point at a time. O(K d), or O(K d^2) for full covariances.
    template <point Z, class S, class E>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        auto&& out = as_point(eps_hat);
        distribution::detail::mean_pull(distribution::detail::components_at<S, T, D, C>(mixture_, a), as_point(z),
                                        noise_scale(a), out);
    }

    /// eps_hat for a batch, see `lifted`.
    template <exec::policy P, batch Z, writable_batch E>
    void operator()(const P& policy, const Z& z, level_view<batch_scalar_t<E>, typename P::space> levels,
                    E&& eps_hat) const {
        lift (*this)(policy, z, levels, eps_hat);
    }

    /// log p_a(z), nats.
    template <point Z, class S>
    CDL_HD S log_density(const Z& z, const log_snr<S>& a) const {
        return distribution::detail::log_density<S>(distribution::detail::components_at<S, T, D, C>(mixture_, a),
                                                    as_point(z));
    }

    /// x_hat = E[x | z], computed from the components and so without loss at low signal, where (z - N eps_hat) / S
    /// has none left; at a = -inf it is the mean of the data. Error: a few epsilon of its largest term, and epsilon (64 + 4d + q) of
    /// what components differ by, q as above; for |z| up to 1e6 standard deviations and beyond.
    template <point Z, class S, class X>
    CDL_HD void posterior_mean(const Z& z, const log_snr<S>& a, X&& x_hat) const {
        auto&& out = as_point(x_hat);
        distribution::detail::posterior_mean(mixture_, a, as_point(z), out);
    }

    /// tr Cov(x | z), the mean squared error that x_hat is left with: a sum of what is nowhere negative, and so good at every
    /// level, with the error of x_hat's coordinates squared. At a = -inf it is the variance of the data, summed over coordinates;
    /// at a = +inf it is 0. Packs compute it lane by lane. O(K d), or O(K d^2) for full covariances.
    template <point Z, class S>
    CDL_HD S posterior_variance(const Z& z, const log_snr<S>& a) const {
        return distribution::detail::posterior_variance(mixture_, a, as_point(z));
    }

    /// div_z eps_hat = sum_j d eps_hat_j / d z_j = N [ sum_k r_k tr C_k^-1 - sum_k r_k |u_k - u|^2 ], u_k = C_k^-1 (z - S mu_k),
    /// u = sum_k r_k u_k; it is -N times the Laplacian of log p_a(z), what the density along a probability flow changes by.
    /// At a = -inf it is d, at a = +inf 0. Relative to the larger of the two sums exact to a few ULP, times the exponent of
    /// the components where several of them count. One pass, no memory: O(K d), or O(K d^2) for full covariances; a dynamic d
    /// above `local_point_capacity` takes ceil(d / capacity) passes.
    template <point Z, class S>
    CDL_HD S divergence(const Z& z, const log_snr<S>& a) const {
        return distribution::detail::divergence(distribution::detail::components_at<S, T, D, C>(mixture_, a),
                                                as_point(z), noise_scale(a));
    }

    /// The same denoiser prepared for one level: K (d + 2) or K (2d + 1) numbers.
    template <exec::policy P>
    optimal_at_level<T, D, C, typename P::space> at_level(const P& policy, const log_snr<T>& a) const {
        return {policy, mixture_, a};
    }

private:
    distribution::mixture_view<T, D, C> mixture_;
};

} // namespace cdl::denoiser
