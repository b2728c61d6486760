// SPDX-License-Identifier: MIT
#pragma once

// How a classification diffusion model is trained [CDM alg. 1]. A class k in 1, ..., T + 1 is drawn from the prior and the point
// is noised to its level; the network sees the noisy point alone and gives T + 1 logits f. They are asked for two things, to
// tell the class, and to have the gradient that makes the network a denoiser [CDM eq. 6]:
//
//     w_ce (-log softmax(f(z))_k) + w_mse |eps - N(a_k) (grad_z F(z, k) + z)|^2,     F(z, k) = f_(T+1)(z) - f_k(z).
//
// Cross entropy alone leaves the gradients, and the logits of improbable classes, undetermined [CDM sec. 4.2]. Class T + 1,
// pure noise, has no second part [CDM app. B.5], nor has clean data, if it is a class: there is nothing to learn from it.
// F takes no prior: where it is not uniform, logits that include it have the same gradients.

#include <cdl/classifier/exact.hpp>
#include <cdl/density/mean_of.hpp>
#include <cdl/objective/detail/classification_passes.hpp>
#include <cdl/random/noise_source.hpp>

namespace cdl::objective {

/// The settings of CDM's objective.
template <class T>
struct classification {
    schedule::discrete_levels<T> levels; ///< of the steps 1, ..., T; they must fall
    std::vector<T> prior = {};           ///< of the T + 1 classes, positive, normalised here; none: equal
    double cross_entropy_weight = 0.001; ///< the paper's
    double squared_error_weight = 1;
};

template <class T>
classification(schedule::discrete_levels<T>) -> classification<T>;
template <class T, class... Rest>
classification(schedule::discrete_levels<T>, std::vector<T>, Rest...) -> classification<T>;

/// An estimate of CDM's objective and of its two parts, without their weights, in nats and in units of the noise's variance.
template <class T>
struct classification_value : density::estimate<T> {
    density::estimate<T> cross_entropy; ///< the mean of -log softmax(f(z))_k
    density::estimate<T>
        squared_error; ///< the mean of |eps - eps_hat|^2, summed over coordinates; 0 for pure noise and clean data
};

/// What a training step asks the network: n noisy points and the class of each, in 1, ..., T + 1, where the policy runs.
template <class T, index_t D, class Space>
struct classification_question {
    batch_view<const T, D, point_major, Space> z;
    std::span<const index_t> classes;
};

/// CDM's objective for batches of one shape, with its memory. Made by `prepare`.
template <class T, index_t D, class Space = host>
class classification_training {
public:
    /// Throws std::invalid_argument for settings that make no sense and for batches without points.
    template <exec::policy P>
    classification_training(const P& policy, const classification<T>& loss, index_t n, index_t d)
        : classes_(policy, loss.levels, checked(loss, n, d).prior), n_(n), d_(d),
          cross_entropy_weight_(loss.cross_entropy_weight), squared_error_weight_(loss.squared_error_weight),
          z_(policy.template allocate<T>(n * d)), eps_(policy.template allocate<T>(n * d)),
          losses_(policy.template allocate<T>(3 * n)), drawn_(policy.template allocate<index_t>(n)) {}

    /// T + 1, the number of logits.
    index_t classes() const { return classes_.size(); }

    /// Draws classes, noise and noisy points for x (n x d) at a training step, by address: point i of a step is a function of
    /// the stream alone. The views last until the next call. Throws std::invalid_argument when the shape is another.
    template <exec::policy P, batch X>
        requires std::same_as<batch_scalar_t<X>, T>
    classification_question<T, D, Space> queries(const P& policy, const X& x, const random::noise_stream& stream,
                                                 index_t step) & {
        constexpr auto where = "cdl::objective::classification::queries";
        const auto from = exec::view_on(policy, x);
        require(from.size() == n_ && from.dim() == d_, where, "x", "must have the shape that was prepared", from.size(),
                " x ", from.dim(), " for ", n_, " x ", d_);
        random::require_noise(stream, step, 1, n_, d_, where);
        policy.template for_each_lanes<T>(
            n_, detail::classification_queries<T, D, Space>{
                    any_batch<const T, D, Space>(from), classes_.view(), stream.for_purpose(random::purpose::channel),
                    stream.for_purpose(random::purpose::objective), step, z(), eps_.data(), drawn_.data()});
        asked_ = true;
        return {z(), {drawn_.data(), static_cast<std::size_t>(n_)}};
    }

    /// The value at the network's answers: logits f(z), n x (T + 1), and gradient, n x d, the input gradient of F(z, k) at the class
    /// k of each point (of any numbers for class T + 1). Throws std::invalid_argument when shapes differ or nothing was asked.
    template <exec::policy P, batch L, batch G>
        requires(std::same_as<batch_scalar_t<L>, T> && std::same_as<batch_scalar_t<G>, T>)
    classification_value<T> value(const P& policy, const L& logits, const G& gradient) {
        return answered(policy, logits, gradient, any_batch<T, dynamic, Space>(nullptr, 0, 0),
                        any_batch<T, D, Space>(nullptr, 0, d_), "cdl::objective::classification::value");
    }

    /// The same, and its derivatives: logits_cotangent, n x (T + 1), is d value / d logits, and gradient_cotangent, n x d, is
    /// d value / d gradient, which a framework takes through its own second derivatives. They may lie where the answers lie. One
    /// pass. [CDM alg. 1]
    template <exec::policy P, batch L, batch G, writable_batch CL, writable_batch CG>
        requires(std::same_as<batch_scalar_t<L>, T> && std::same_as<batch_scalar_t<G>, T> &&
                 std::same_as<batch_scalar_t<CL>, T> && std::same_as<batch_scalar_t<CG>, T>)
    classification_value<T> value_and_cotangents(const P& policy, const L& logits, const G& gradient,
                                                 CL&& logits_cotangent, CG&& gradient_cotangent) {
        constexpr auto where = "cdl::objective::classification::value_and_cotangents";
        const auto of_logits = exec::view_on(policy, logits_cotangent);
        const auto of_gradient = exec::view_on(policy, gradient_cotangent);
        require_shape(of_logits, classes(), where, "logits_cotangent");
        require_shape(of_gradient, d_, where, "gradient_cotangent");
        require_writable(of_logits, where, "logits_cotangent");
        require_writable(of_gradient, where, "gradient_cotangent");
        return answered(policy, logits, gradient, any_batch<T, dynamic, Space>(of_logits),
                        any_batch<T, D, Space>(of_gradient), where);
    }

private:
    using view = batch_view<T, D, point_major, Space>;

    static const classification<T>& checked(const classification<T>& loss, index_t n, index_t d) {
        constexpr auto where = "cdl::objective::classification";
        const auto weight = [&](double w, const char* name) {
            require(w >= 0 && w - w == 0, where, name, "must not be negative, and finite", w);
        };
        weight(loss.cross_entropy_weight, "cross_entropy_weight");
        weight(loss.squared_error_weight, "squared_error_weight");
        require(n >= 1 && d >= 1, where, "x", "must have at least one point", n, " x ", d);
        return loss;
    }

    template <class B>
    void require_shape(const B& batch, index_t dim, const char* where, const char* argument) const {
        require(batch.size() == n_ && batch.dim() == dim, where, argument, "must have a row for each point",
                batch.size(), " x ", batch.dim(), " for ", n_, " x ", dim);
    }

    template <class P, class L, class G>
    classification_value<T> answered(const P& policy, const L& logits, const G& gradient,
                                     const any_batch<T, dynamic, Space>& logits_cotangent,
                                     const any_batch<T, D, Space>& gradient_cotangent, const char* where) {
        const auto of_logits = exec::view_on(policy, logits);
        const auto of_gradient = exec::view_on(policy, gradient);
        require(asked_, where, "queries", "must be asked for first", "none");
        require_shape(of_logits, classes(), where, "logits");
        require_shape(of_gradient, d_, where, "gradient");
        T* const losses = losses_.data();
        const T scale = T(T(1) / T(static_cast<lane_t<T>>(n_)));
        policy.template for_each_lanes<T>(
            n_, detail::classification_answers<T, D, Space>{
                    z(), eps_.data(), drawn_.data(), classes_.view(), any_batch<const T, dynamic, Space>(of_logits),
                    any_batch<const T, D, Space>(of_gradient), logits_cotangent, gradient_cotangent,
                    T(cross_entropy_weight_), T(squared_error_weight_), scale, losses, losses + n_, losses + 2 * n_});
        return {density::mean_of(policy, losses + 2 * n_, n_, n_), density::mean_of(policy, losses, n_, n_),
                density::mean_of(policy, losses + n_, n_, n_)};
    }

    view z() const { return view(z_.data(), n_, d_); }

    classifier::noise_classes<T, Space> classes_;
    index_t n_, d_;
    double cross_entropy_weight_, squared_error_weight_;
    exec::buffer<T, Space> z_, eps_, losses_;
    exec::buffer<index_t, Space> drawn_;
    bool asked_ = false;
};

/// CDM's objective for batches of x's shape, n x d, with all its memory: 2 n d + 3 n numbers and n classes.
template <exec::policy P, class T, batch X>
auto prepare(const P& policy, const classification<T>& loss, const X& x) {
    const auto points = exec::view_on(policy, x);
    return classification_training<T, std::remove_const_t<decltype(points)>::static_dim, typename P::space>(
        policy, loss, points.size(), points.dim());
}

/// The value of the objective for a classifier whose densities are known, a `classifier::exact` with the same classes, at the
/// points x, n x d: `prepare`, `queries`, the classifier and `value` in one call. n (T + 1) densities and n denoiser calls.
template <exec::policy P, class T, class C, batch X>
classification_value<T> evaluate(const P& policy, const classification<T>& loss, C&& classifier, const X& x,
                                 const random::noise_stream& stream, index_t step = 0) {
    auto training = prepare(policy, loss, x);
    const auto q = training.queries(policy, x, stream, step);
    const index_t n = q.z.size(), d = q.z.dim(), classes = training.classes();
    const auto logits = policy.template allocate<T>(n * classes), gradient = policy.template allocate<T>(n * d);
    const batch_view<T, dynamic, point_major, typename P::space> of_logits(logits.data(), n, classes);
    const batch_view<T, dynamic, point_major, typename P::space> of_gradient(gradient.data(), n, d);
    classifier::logits(policy, classifier, q.z, of_logits);
    classifier::ratio_gradients(policy, classifier, q.z, q.classes, of_gradient);
    return training.value(policy, of_logits, of_gradient);
}

} // namespace cdl::objective
