// SPDX-License-Identifier: MIT
#pragma once

// The mathematics of a noised cloud of points, at one point. The data are n points x_i with an isotropic Gaussian
// kernel of standard deviation h on each. Noised to level a, with S = signal_scale(a) and N = noise_scale(a), they are
//
//     p_a(z) = 1/n sum_i N(z; S x_i, v I),   v = S^2 h^2 + N^2,
//
// and the posterior probability of point i is r_i = softmax_i(-q_i / 2v), q_i = |z - S x_i|^2. Everything is a mean under
// r_i, computed in one pass: weights are relative to the nearest point so far and are rescaled when a nearer one comes.

#include <cdl/distribution/cloud_view.hpp>
#include <cdl/distribution/detail/noised_kernel.hpp>
#include <cdl/math/exp_nonpositive.hpp>
#include <cdl/view/point.hpp>

namespace cdl::distribution::detail {

/// A running sum of terms that may be rescaled, with the rounding errors of its additions kept and put back (Kahan):
/// its accuracy does not depend on the number of terms.
template <class S>
struct compensated_sum {
    S sum = S(0), excess = S(0); ///< what `sum` has too much

    CDL_HD void add(const S& rescale, const S& term) {
        const S before = S(sum * rescale), missing = S(term - S(excess * rescale));
        sum = S(before + missing);
        excess = S(S(sum - before) - missing);
    }
};

/// z - S x_i, the offset of z from the points of the noised cloud.
template <class S, class Cloud, class Z>
struct offset_from_points {
    const Cloud& cloud;
    const Z& z;
    S minus_signal;

    CDL_HD S operator()(index_t i, index_t j) const { return multiply_add(minus_signal, S(cloud(i, j)), S(z[j])); }
};

/// x_i, the points themselves.
template <class S, class Cloud>
struct points_themselves {
    const Cloud& cloud;

    CDL_HD S operator()(index_t i, index_t j) const { return S(cloud(i, j)); }
};

/// Sums of d numbers in registers, compensated.
template <class S, index_t D>
struct sums_in_registers {
    compensated_sum<S> sums[static_cast<std::size_t>(D == 0 ? 1 : D)];

    CDL_HD void add(index_t j, const S& rescale, const S& term) { sums[j].add(rescale, term); }
    CDL_HD S operator[](index_t j) const { return sums[j].sum; }
};

/// Sums of any number of numbers in the memory of the result, not compensated.
template <class S, class Out>
struct sums_in_place {
    Out& out;

    CDL_HD void add(index_t j, const S& rescale, const S& term) { out[j] = multiply_add(S(out[j]), rescale, term); }
    CDL_HD S operator[](index_t j) const { return S(out[j]); }
};

/// A pass over a cloud as seen from z: the squared distance of the nearest point, the sum of the weights
/// e^(-(q_i - nearest) / 2v), and, in `Sums`, the weighted sums of `terms` numbers of each point.
template <class S, class Sums>
struct pass_over_cloud {
    noised_kernel<S> kernel;
    Sums sums;
    S nearest = S((std::numeric_limits<lane_t<S>>::max)());
    compensated_sum<S> weight = {};

    /// Adds points first, ..., first + G - 1.
    template <index_t G, class Offset, class Term>
    CDL_HD void add(index_t first, index_t d, index_t terms, const Offset& offset, const Term& term) {
        S w[static_cast<std::size_t>(G)];
        for (index_t g = 0; g < G; ++g) w[g] = S(0);
        for (index_t j = 0; j < d; ++j)
            for (index_t g = 0; g < G; ++g) {
                const S along = offset(first + g, j);
                w[g] = multiply_add(along, along, w[g]);
            }
        const S before = nearest;
        for (index_t g = 0; g < G; ++g) nearest = min_of(nearest, w[g]);
        const S rescale = math::exp_nonpositive(S(kernel.falloff * S(nearest - before)));
        for (index_t g = 0; g < G; ++g) w[g] = math::exp_nonpositive(S(kernel.falloff * S(nearest - w[g])));
        weight.add(rescale, sum_of_group<G>(w, [](index_t) { return S(1); }));
        for (index_t j = 0; j < terms; ++j)
            sums.add(j, rescale, sum_of_group<G>(w, [&](index_t g) { return term(first + g, j); }));
    }

    /// sum_g w_g term(g), as four sums side by side: shorter chains, smaller errors.
    template <index_t G, class Term>
    CDL_HD static S sum_of_group(const S* w, const Term& term) {
        if constexpr (G == 1) {
            return S(w[0] * term(0));
        } else {
            S sum[4] = {S(0), S(0), S(0), S(0)};
            for (index_t g = 0; g < G; g += 4)
                for (index_t c = 0; c < 4; ++c) sum[c] = multiply_add(w[g + c], term(g + c), sum[c]);
            return S(S(sum[0] + sum[1]) + S(sum[2] + sum[3]));
        }
    }

    /// Adds points i, ..., n - 1 in groups of G, what is left in smaller ones.
    template <index_t G, class Offset, class Term>
    CDL_HD void add_from(index_t i, index_t n, index_t d, index_t terms, const Offset& offset, const Term& term) {
        const index_t whole = n - (n - i) % G;
        for (; i < whole; i += G) this->template add<G>(i, d, terms, offset, term);
        if constexpr (G > 1) this->template add_from<G / 4>(i, n, d, terms, offset, term);
    }

    /// Adds all points of the cloud.
    template <class Cloud, class Offset, class Term>
    CDL_HD void add_all(const Cloud& cloud, index_t terms, const Offset& offset, const Term& term) {
        constexpr index_t group = Cloud::static_dim == dynamic ? 64 : 16;
        this->template add_from<group>(0, cloud.size(), cloud.dim(), terms, offset, term);
    }
};

} // namespace cdl::distribution::detail
