// SPDX-License-Identifier: MIT
#pragma once

// The one pass that every stepper is made of: a linear combination of batches, plus noise.

#include <cdl/channel/noising.hpp>

namespace cdl::sampler::detail {

template <class T, index_t D, class Space>
using strided_batch = batch_view<T, D, strided, Space>;

/// A batch and its factor in a linear combination.
template <class T, index_t D, class Space>
struct term {
    T factor;
    strided_batch<const T, D, Space> batch;
};

/// out = sum_k terms[k].factor terms[k].batch for a group of points.
template <std::size_t K, class T, index_t D, class Space, class Out>
struct combined {
    term<T, D, Space> terms[K];
    Out out;

    template <class S>
    CDL_HD S at(lanes<S> i, index_t j) const {
        S sum = S(S(terms[0].factor) * load(terms[0].batch, i, j));
        for (std::size_t k = 1; k < K; ++k) sum = multiply_add(S(terms[k].factor), load(terms[k].batch, i, j), sum);
        return sum;
    }

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        for (index_t j = 0; j < out.dim(); ++j) store(out, i, j, at(i, j));
    }
};

/// The same plus `scale` times the noise of one step, two coordinates at a time.
template <class Combined, class T, class N>
struct combined_with_noise {
    Combined combination;
    T scale;
    N noise;
    index_t step;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const auto& out = combination.out;
        for (index_t j = 0; j < out.dim(); j += 2) {
            const auto pair = channel::noise_pair_at<S>(noise, step, i, j / 2);
            store(out, i, j, multiply_add(S(scale), pair.first, combination.at(i, j)));
            if (j + 1 < out.dim()) store(out, i, j + 1, multiply_add(S(scale), pair.second, combination.at(i, j + 1)));
        }
    }
};

/// Whether the numbers of a batch lie one after the other, so that where a point ends does not matter.
template <class Batch>
bool lies_flat(const Batch& batch) {
    return batch.coord_stride() == 1 && batch.point_stride() == batch.dim();
}

/// The numbers of such a batch as points on a line.
template <class T, index_t D, class Layout, class Space>
strided_batch<T, 1, Space> flat(const batch_view<T, D, Layout, Space>& batch) {
    return {batch.data(), batch.size() * batch.dim(), 1, 1, 1};
}

/// out = sum of the terms. `out` may be one of their batches.
template <class P, class T, index_t D, class Space, class Out, std::size_t K>
void combine(const P& policy, const term<T, D, Space> (&terms)[K], const Out& out) {
    if (D != 1 && lies_flat(out) && std::all_of(terms, terms + K, [](const auto& t) { return lies_flat(t.batch); })) {
        combined<K, T, 1, Space, strided_batch<T, 1, Space>> body{{}, flat(out)};
        std::transform(terms, terms + K, body.terms,
                       [](const auto& t) { return term<T, 1, Space>{t.factor, flat(t.batch)}; });
        policy.template for_each_lanes<T>(out.size() * out.dim(), body);
    } else {
        combined<K, T, D, Space, Out> body{{}, out};
        std::copy_n(terms, K, body.terms);
        policy.template for_each_lanes<T>(out.size(), body);
    }
}

/// out = sum of the terms + scale noise(step). A scale of 0 asks for no noise.
template <class P, class T, index_t D, class Space, class Out, std::size_t K, class N>
void combine(const P& policy, const term<T, D, Space> (&terms)[K], const Out& out, T scale, const N& noise,
             index_t step) {
    if (scale == T(0)) return combine(policy, terms, out);
    combined<K, T, D, Space, Out> body{{}, out};
    std::copy_n(terms, K, body.terms);
    policy.template for_each_lanes<T>(out.size(), combined_with_noise<decltype(body), T, N>{body, scale, noise, step});
}

} // namespace cdl::sampler::detail
