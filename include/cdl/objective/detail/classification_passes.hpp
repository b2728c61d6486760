// SPDX-License-Identifier: MIT
#pragma once

// The two passes of CDM's objective over a batch: what the network is asked, and what is made of its answers.

#include <cdl/classifier/detail/decisions.hpp>
#include <cdl/classifier/noise_classes.hpp>
#include <cdl/objective/concept.hpp>
#include <cdl/random/normal.hpp>

namespace cdl::objective::detail {

/// Draws the classes, the noise and the noisy points of a group of points.
template <class T, index_t D, class Space>
struct classification_queries {
    any_batch<const T, D, Space> x;
    classifier::class_view<T, Space> table;
    random::noise_stream noise, labels;
    index_t step;
    batch_view<T, D, point_major, Space> z;
    T* eps;
    index_t* classes;

    /// The first class whose cumulative probability is above u, or the last one.
    CDL_HD index_t class_at(const T& u) const {
        index_t low = 1, high = table.size();
        while (low < high) {
            const index_t middle = (low + high) / 2;
            if (u < table.cumulative_priors[middle - 1])
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        for (index_t p = i.first; p < i.first + i.count; ++p)
            classes[p] = class_at(T(random::uniform(labels, step, p)));
        const log_snr<S> a{gather(i, [this](index_t p) { return table.level(classes[p]).value; })};
        const S signal = signal_scale(a), scale = noise_scale(a);
        for (index_t j = 0; j < x.dim(); j += 2) {
            const auto pair = random::normals(noise, step, i, j / 2);
            place(i, j, signal, scale, pair.first);
            if (j + 1 < x.dim()) place(i, j + 1, signal, scale, pair.second);
        }
    }

    template <class S>
    CDL_HD void place(lanes<S> i, index_t j, const S& signal, const S& scale, const S& e) const {
        scatter(i, e, [&](index_t p, const T& number) { eps[p * x.dim() + j] = number; });
        store(z, i, j, S(S(signal * S(load(x, i, j))) + S(scale * e)));
    }
};

/// The losses of a group of points, and their derivatives.
template <class T, index_t D, class Space>
struct classification_answers {
    batch_view<const T, D, point_major, Space> z;
    const T* eps;
    const index_t* classes;
    classifier::class_view<T, Space> table;
    any_batch<const T, dynamic, Space> logits;
    any_batch<const T, D, Space> gradient;
    any_batch<T, dynamic, Space> logits_cotangent; ///< none where data() is nullptr
    any_batch<T, D, Space> gradient_cotangent;     ///< none where data() is nullptr
    T cross_entropy_weight, squared_error_weight, scale;
    T *cross_entropies, *squared_errors, *losses;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        using std::exp;
        const auto total = classifier::detail::sum_of(logits, i);
        const S of_class = gather(i, [this](index_t p) { return logits(p, classes[p] - 1); });
        const S cross_entropy = S(-total.log_share(of_class));
        if (logits_cotangent.data() != nullptr) {
            const S weight = S(T(scale * cross_entropy_weight));
            for (index_t k = 0; k < logits.dim(); ++k)
                store(logits_cotangent, i, k, S(weight * exp(total.log_share(S(load(logits, i, k))))));
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

} // namespace cdl::objective::detail
