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

#include <cdl/channel/noising.hpp>
#include <cdl/classifier/decisions.hpp>
#include <cdl/classifier/exact.hpp>
#include <cdl/density/mean_of.hpp>

namespace cdl::objective {

/// The settings of CDM's objective.
template <class T>
struct classification {
    schedule::discrete_levels<T> levels;  ///< of the steps 1, ..., T; they must fall
    std::vector<T> prior = {};            ///< of the T + 1 classes, positive, normalised here; none: equal
    double cross_entropy_weight = 0.001;  ///< the paper's
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
    density::estimate<T> squared_error; ///< the mean of |eps - eps_hat|^2, summed over coordinates; 0 for pure noise and clean data
};

namespace detail {

/// Draws the class, noise and noisy point of a point.
template <class X, class T, class Z, class Space>
struct classification_queries {
    X x;
    classifier::class_view<T, Space> table;
    random::noise_stream noise, labels;
    index_t step;
    Z z;
    T* eps;
    index_t* classes;

    CDL_HD void operator()(index_t i) const {
        const T u = T(random::uniform(labels, step, i));
        index_t low = 1, high = table.size(); // the first class whose cumulative probability is above u, or the last one
        while (low < high) {
            const index_t middle = (low + high) / 2;
            if (u < table.cumulative_priors[middle - 1])
                high = middle;
            else
                low = middle + 1;
        }
        classes[i] = low;
        const log_snr<T> a = table.level(low);
        const T signal = signal_scale(a), scale = noise_scale(a);
        const index_t d = x.dim();
        for (index_t j = 0; j < d; j += 2) {
            const auto pair = random::normals(noise, step, i, j / 2);
            for (index_t l = j; l < d && l < j + 2; ++l) {
                const T e = T(l == j ? pair.first : pair.second);
                eps[i * d + l] = e;
                z(i, l) = T(signal * T(x(i, l)) + scale * e);
            }
        }
    }
};

/// The losses of a group of points, and their derivatives.
template <class T, class Z, class L, class G, class CL, class CG, class Space>
struct classification_answers {
    Z z;
    const T* eps;
    const index_t* classes;
    classifier::class_view<T, Space> table;
    L logits;
    G gradient;
    CL logits_cotangent;   ///< none where data() is nullptr
    CG gradient_cotangent; ///< none where data() is nullptr
    T cross_entropy_weight, squared_error_weight, scale;
    T *cross_entropies, *squared_errors, *losses;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        using std::exp;
        const S total = classifier::detail::log_normaliser(logits, i);
        const S of_class = gather(i, [this](index_t p) { return logits(p, classes[p] - 1); });
        const S cross_entropy = S(total - of_class);
        if (logits_cotangent.data() != nullptr) {
            const S weight = S(T(scale * cross_entropy_weight));
            for (index_t k = 0; k < logits.dim(); ++k)
                store(logits_cotangent, i, k, S(weight * exp(S(S(load(logits, i, k)) - total))));
            scatter(i, weight, [this](index_t p, const T& w) {
                T& at = logits_cotangent(p, classes[p] - 1);
                at = T(at - w);
            });
        }
        const S noise = noise_scale(log_snr<S>{gather(i, [this](index_t p) { return table.level(classes[p]).value; })});
        const S counts = gather(i, [this](index_t p) { return T(classes[p] > table.steps() ? 0 : 1); });
        const auto masked = S(counts * noise) == S(0);
        const index_t d = z.dim();
        S squares = S(0);
        for (index_t j = 0; j < d; ++j) {
            const S e = gather(i, [&](index_t p) { return eps[p * d + j]; });
            const S eps_hat = S(noise * S(S(load(gradient, i, j)) + S(load(z, i, j))));
            const S error = select(masked, S(0), S(eps_hat - e));
            squares = multiply_add(error, error, squares);
            if (gradient_cotangent.data() != nullptr)
                store(gradient_cotangent, i, j, S(S(S(T(T(2) * scale * squared_error_weight)) * noise) * error));
        }
        const S loss = S(S(cross_entropy_weight) * cross_entropy + S(squared_error_weight) * squares);
        scatter(i, cross_entropy, [this](index_t p, const T& value) { cross_entropies[p] = value; });
        scatter(i, squares, [this](index_t p, const T& value) { squared_errors[p] = value; });
        scatter(i, loss, [this](index_t p, const T& value) { losses[p] = value; });
    }
};

} // namespace detail

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
    classification_question<T, D, Space> queries(const P& policy, const X& x, const random::noise_stream& stream,
                                                 index_t step) {
        constexpr auto where = "cdl::objective::classification::queries";
        const auto from = exec::view_on(policy, x);
        require(from.size() == n_ && from.dim() == d_, where, "x", "must have the shape that was prepared", from.size(),
                " x ", from.dim(), " for ", n_, " x ", d_);
        require(0 <= step && step < index_t{1} << 32, where, "step", "must be from 0 to 2^32 - 1", step);
        policy.for_each_index(n_, detail::classification_queries<std::remove_const_t<decltype(from)>, T, view, Space>{
                                      from, classes_.view(), stream.for_purpose(random::purpose::channel),
                                      stream.for_purpose(random::purpose::label), step, z(), eps_.data(), drawn_.data()});
        asked_ = true;
        return {z(), {drawn_.data(), static_cast<std::size_t>(n_)}};
    }

    /// The value at the network's answers: logits f(z), n x (T + 1), and gradient, n x d, the input gradient of F(z, k) at the class
    /// k of each point (of any numbers for class T + 1). Throws std::invalid_argument when shapes differ or nothing was asked.
    template <exec::policy P, batch L, batch G>
    classification_value<T> value(const P& policy, const L& logits, const G& gradient) {
        const batch_view<T, dynamic, point_major, Space> none(nullptr, n_, classes());
        const batch_view<T, D, point_major, Space> no_gradient(nullptr, n_, d_);
        return answered(policy, logits, gradient, none, no_gradient, "cdl::objective::classification::value");
    }

    /// The same, and its derivatives: logits_cotangent, n x (T + 1), is d value / d logits, and gradient_cotangent, n x d, is
    /// d value / d gradient, which a framework takes through its own second derivatives. One pass. [CDM alg. 1]
    template <exec::policy P, batch L, batch G, writable_batch CL, writable_batch CG>
    classification_value<T> value_and_cotangents(const P& policy, const L& logits, const G& gradient,
                                                 CL&& logits_cotangent, CG&& gradient_cotangent) {
        constexpr auto where = "cdl::objective::classification::value_and_cotangents";
        const auto of_logits = exec::view_on(policy, logits_cotangent);
        const auto of_gradient = exec::view_on(policy, gradient_cotangent);
        require_shape(of_logits, classes(), where, "logits_cotangent");
        require_shape(of_gradient, d_, where, "gradient_cotangent");
        require_writable(of_logits, where, "logits_cotangent");
        require_writable(of_gradient, where, "gradient_cotangent");
        return answered(policy, logits, gradient, of_logits, of_gradient, where);
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
        require(batch.size() == n_ && batch.dim() == dim, where, argument, "must have a row for each point", batch.size(),
                " x ", batch.dim(), " for ", n_, " x ", dim);
    }

    template <class P, class L, class G, class CL, class CG>
    classification_value<T> answered(const P& policy, const L& logits, const G& gradient, const CL& logits_cotangent,
                                     const CG& gradient_cotangent, const char* where) {
        using std::as_const;
        const auto of_logits = exec::view_on(policy, logits);
        const auto of_gradient = exec::view_on(policy, gradient);
        require(asked_, where, "queries", "must be asked first", "nothing");
        require_shape(of_logits, classes(), where, "logits");
        require_shape(of_gradient, d_, where, "gradient");
        T* const losses = losses_.data();
        const T scale = T(T(1) / T(static_cast<lane_t<T>>(n_)));
        using body = detail::classification_answers<T, view, std::remove_const_t<decltype(of_logits)>,
                                                    std::remove_const_t<decltype(of_gradient)>, CL, CG, Space>;
        policy.template for_each_lanes<T>(
            n_, body{z(), eps_.data(), drawn_.data(), classes_.view(), of_logits, of_gradient, logits_cotangent,
                     gradient_cotangent, T(cross_entropy_weight_), T(squared_error_weight_), scale, losses, losses + n_,
                     losses + 2 * n_});
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

/// The value of the objective for a classifier whose densities are known, `classifier::exact`, at the points x. n calls.
template <exec::policy P, class T, class F, batch X>
classification_value<T> evaluate(const P& policy, const classification<T>& loss,
                                 const classifier::exact<F, T, typename P::space>& classifier, const X& x,
                                 const random::noise_stream& stream, index_t step) {
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
