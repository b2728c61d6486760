// SPDX-License-Identifier: MIT
#pragma once

// The optimal noise classifier of data whose noised densities are known: Bayes' rule over T steps of noise and pure noise,
//
//     log p(k | z) = log pi_k + log p_k(z) - log sum_j pi_j p_j(z),     p_(T+1) = N(0, I)     [CDM eqs. 5, 9],
//
// pi the prior. It is what cross entropy alone is minimised by, and its gradient is the exact denoiser [CDM thm 3.1].

#include <cdl/classifier/noise_classes.hpp>
#include <cdl/denoiser/from_classifier.hpp>
#include <cdl/denoiser/lift.hpp>
#include <cdl/math/constants.hpp>

namespace cdl::classifier {

/// log N(z; 0, I), nats.
template <point Z>
CDL_HD coordinate_t<Z> log_standard_normal(const Z& z) {
    using S = coordinate_t<Z>;
    S squares = S(0);
    auto&& at = as_point(z);
    const auto d = static_cast<index_t>(at.size());
    for (index_t j = 0; j < d; ++j) squares = multiply_add(S(at[j]), S(at[j]), squares);
    return S(-S(squares + S(S(static_cast<lane_t<S>>(static_cast<double>(d))) * math::log_two_pi<S>())) / S(2));
}

/// The exact classifier of an exact denoiser F, at one point. It views the classes, which must outlive it. One for a device is
/// made from a denoiser and classes that lie there.
template <class F, class T, class Space = host>
class exact {
    static_assert(denoiser::detail::in_one_space<F, denoiser::sorted_levels<T, Space>>(),
                  "cdl: the parameters of the denoiser and the classes live in different memory");

public:
    using space = Space;     ///< where the classes lie
    using denoiser_type = F; ///< what it is made of
    using value_type = T;

    exact(F f, const noise_classes<T, Space>& classes) : f_(f), classes_(classes.view()) {}
    exact(F f, const noise_classes<T, Space>&&) = delete;

    CDL_HD index_t dim() const
        requires denoiser::detail::of_known_dim<F>
    {
        return f_.dim();
    }
    CDL_HD const class_view<T, Space>& classes() const { return classes_; }
    CDL_HD denoiser::sorted_levels<T, Space> levels() const { return classes_.levels; }

    /// log pi_k + log p_k(z), in nats, for a class k in 1, ..., T + 1: softmax makes the posterior of it. Finite where the
    /// density is, however far out.
    template <point Z>
    CDL_HD coordinate_t<Z> logit(const Z& z, index_t k) const {
        using S = coordinate_t<Z>;
        const S log_prior = S(classes_.log_prior(k));
        if (k > classes_.steps()) return S(log_prior + log_standard_normal(z));
        return S(log_prior + S(f_.log_density(z, log_snr<S>{S(classes_.level(k).value)})));
    }

    /// log p(k | z) for all classes into out[0], ..., out[T]; out may not overlap z. T + 1 densities.
    template <point Z, class Out>
    CDL_HD void log_posterior(const Z& z, Out&& out) const {
        using S = coordinate_t<Z>;
        auto&& log_p = as_point(out);
        math::log_sum_exp<S> total;
        for (index_t k = 1; k <= classes_.size(); ++k) total.add(S(log_p[k - 1] = logit(z, k)));
        for (index_t k = 1; k <= classes_.size(); ++k) log_p[k - 1] = total.log_share(S(log_p[k - 1]));
    }

    /// F(z, k) = log p(T + 1 | z) - log p(k | z). The common normalisation is never formed. 0 for class T + 1.
    template <point Z>
    CDL_HD coordinate_t<Z> ratio(const Z& z, index_t k) const {
        return coordinate_t<Z>(logit(z, classes_.size()) - logit(z, k));
    }

    /// grad_z F(z, k) = eps_hat(z, a_k) / N(a_k) - z, into the d coordinates of out. 0 for pure noise; at clean data, where a
    /// denoiser does not tell the score, NaN. One denoiser call. [CDM eq. 6]
    template <point Z, class Out>
    CDL_HD void ratio_gradient(const Z& z, const denoiser::lane_steps<coordinate_t<Z>>& k, Out&& out) const {
        using S = coordinate_t<Z>;
        const log_snr<S> a{gather(lanes<S>{}, [&](index_t l) { return classes_.level(k[l]).value; })};
        auto&& at = as_point(z);
        auto&& gradient = as_point(out);
        f_(at, a, gradient);
        const S noise = noise_scale(a);
        for (index_t j = 0; j < static_cast<index_t>(at.size()); ++j)
            gradient[j] = select(pure_noise<S>().value < a.value, S(S(gradient[j]) / noise - S(at[j])), S(0));
    }

private:
    F f_;
    class_view<T, Space> classes_;
};

namespace detail {

/// The logits, or log posteriors, of a group of points.
template <class C, class Z, class Out>
struct logits_of_points {
    C classifier;
    Z z;
    Out out;
    bool normalised;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        if constexpr (lanes<S>::width == 1) {
            write(i, z[i.first]);
        } else {
            local_point<S, Z::static_dim> at(z.dim());
            for (index_t j = 0; j < z.dim(); ++j) at[j] = load(z, i, j);
            write(i, at);
        }
    }

    template <class S, class Point>
    CDL_HD void write(lanes<S> i, const Point& at) const {
        const index_t classes = classifier.classes().size();
        math::log_sum_exp<S> total;
        for (index_t k = 1; k <= classes; ++k) {
            const S logit = classifier.logit(at, k);
            if (normalised) total.add(logit);
            store(out, i, k - 1, logit);
        }
        if (!normalised) return;
        for (index_t k = 0; k < classes; ++k) store(out, i, k, total.log_share(S(load(out, i, k))));
    }
};

/// The input gradients of F of a group of points, each at a class of its own.
template <class C, class Z, class Out>
struct gradients_of_points {
    C classifier;
    Z z;
    const index_t* classes;
    Out out;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const denoiser::lane_steps<S> k(i, [this](index_t p) { return classes[p]; });
        if constexpr (lanes<S>::width == 1) {
            classifier.ratio_gradient(z[i.first], k, out[i.first]);
        } else {
            local_point<S, Z::static_dim> at(z.dim()), to(z.dim());
            for (index_t j = 0; j < z.dim(); ++j) at[j] = load(z, i, j);
            classifier.ratio_gradient(at, k, to);
            for (index_t j = 0; j < z.dim(); ++j) store(out, i, j, to[j]);
        }
    }
};

template <class P, class C, class Z, class Out>
void write_logits(const P& policy, const C& classifier, const Z& z, Out&& out, bool normalised, const char* where) {
    const auto from = exec::view_on(policy, z);
    const auto to = exec::view_on(policy, out);
    denoiser::require_same_space(classifier, policy);
    const index_t classes = classifier.classes().size();
    require(to.size() == from.size() && (to.size() == 0 || to.dim() == classes), where, "out",
            "must have a number for each point and class", to.size(), " x ", to.dim(), " for ", from.size(), " x ",
            classes);
    denoiser::require_dimension(classifier, from, where, "z");
    require_writable(to, where, "out");
    constexpr index_t from_dim = std::remove_const_t<decltype(from)>::static_dim;
    using body = logits_of_points<C, std::remove_const_t<decltype(from)>, std::remove_const_t<decltype(to)>>;
    denoiser::detail::for_each_group<typename C::denoiser_type, typename C::value_type, from_dim>(
        policy, from.size(), from.dim(), body{classifier, from, to, normalised});
}

} // namespace detail

/// The logits log pi_k + log p_k(z) of all points and classes. z: n x d; out: n x (T + 1), not overlapping. Throws
/// std::invalid_argument when shapes differ. n (T + 1) densities.
template <exec::policy P, class F, class T, class Space, batch Z, writable_batch Out>
void logits(const P& policy, const exact<F, T, Space>& classifier, const Z& z, Out&& out) {
    detail::write_logits(policy, classifier, z, out, false, "cdl::classifier::logits");
}

/// The log posterior probabilities of all points and classes, in nats; otherwise as `logits`.
template <exec::policy P, class F, class T, class Space, batch Z, writable_batch Out>
void log_posteriors(const P& policy, const exact<F, T, Space>& classifier, const Z& z, Out&& out) {
    detail::write_logits(policy, classifier, z, out, true, "cdl::classifier::log_posteriors");
}

/// The input gradients of F(z_i, k_i) at a class k_i in 1, ..., T + 1 for each point. z, out: n x d, not overlapping; classes: n
/// numbers where the policy runs. Throws std::invalid_argument when shapes differ. n denoiser calls.
template <exec::policy P, class F, class T, class Space, batch Z, writable_batch Out>
void ratio_gradients(const P& policy, const exact<F, T, Space>& classifier, const Z& z,
                     std::span<const index_t> classes, Out&& out) {
    constexpr auto where = "cdl::classifier::ratio_gradients";
    const auto from = exec::view_on(policy, z);
    const auto to = exec::view_on(policy, out);
    denoiser::require_same_space(classifier, policy);
    require(to.size() == from.size() && to.dim() == from.dim(), where, "out", "must have the shape of z", to.size(),
            " x ", to.dim(), " for ", from.size(), " x ", from.dim());
    require(static_cast<index_t>(classes.size()) == from.size(), where, "classes", "must be one for each point",
            classes.size(), " for ", from.size());
    denoiser::require_dimension(classifier, from, where, "z");
    require_writable(to, where, "out");
    using C = exact<F, T, Space>;
    constexpr index_t from_dim = std::remove_const_t<decltype(from)>::static_dim;
    using body = detail::gradients_of_points<C, std::remove_const_t<decltype(from)>, std::remove_const_t<decltype(to)>>;
    denoiser::detail::for_each_group<F, T, from_dim>(policy, from.size(), from.dim(),
                                                     body{classifier, from, classes.data(), to});
}

} // namespace cdl::classifier
