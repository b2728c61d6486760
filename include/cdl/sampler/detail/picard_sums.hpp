// SPDX-License-Identifier: MIT
#pragma once

// The passes that turn the answers of a sweep into new trajectories.

#include <cdl/sampler/detail/picard_window.hpp>

namespace cdl::sampler::detail {

/// The prefix sum of coordinate j of point i over its window, with the movement of each state in place of eps_hat.
template <class State>
struct summed_steps {
    State p;

    CDL_HD void operator()(index_t k) const {
        const index_t i = k / p.dim, j = k % p.dim;
        auto z = p.state(i, p.begin[i], j);
        for (index_t q = p.first_row[i], s = p.begin[i]; q < p.first_row[i + 1]; ++q, ++s) {
            auto& eps_hat = p.eps_hat[q * p.dim + j];
            const auto& u = p.update[s];
            z = p.integrated ? u.from_z * z : z + (u.from_z - 1) * p.query[q * p.dim + j];
            z = z + u.from_eps_hat * eps_hat;
            if (p.noise) z = z + u.from_noise * p.noise[(i * p.steps + s) * p.dim + j];
            eps_hat = z - p.state(i, s + 1, j);
            p.state(i, s + 1, j) = z;
        }
    }
};

/// How far the end of the step of row q has moved, and whether that is little enough.
template <class State>
struct judged_row {
    State p;

    CDL_HD void operator()(index_t q) const {
        using std::sqrt;
        using T = std::remove_cvref_t<decltype(*p.settled)>;
        const index_t i = p.point_of[q], s = p.begin[i] + q - p.first_row[i];
        T sum = T(0);
        for (index_t j = 0; j < p.dim; ++j) sum = T(sum + p.eps_hat[q * p.dim + j] * p.eps_hat[q * p.dim + j]);
        const T mean_square = T(sum / T(static_cast<double>(p.dim)));
        p.settled[q] = mean_square <= p.threshold[s] ? T(1) : T(0);
        p.residual[i * p.steps + s] = T(sqrt(mean_square));
    }
};

/// 1 for a trajectory with a state that is not finite.
template <class State>
struct not_finite_path {
    State p;

    template <class S>
    CDL_HD S operator()(lanes<S> points) const {
        return gather(points, [&](index_t i) {
            using T = std::remove_cvref_t<decltype(*p.path)>;
            bool finite = true;
            for (index_t s = 0; s <= p.steps; ++s)
                for (index_t j = 0; j < p.dim; ++j) finite = finite && p.state(i, s, j) - p.state(i, s, j) == T(0);
            return finite ? T(0) : T(1);
        });
    }
};

/// Extrapolates the states of point i that have not settled, from their sums G and movements F in this sweep and the
/// one before: G - u (G - G_before), where u makes F - u (F - F_before) least over all states up to this one.
template <class State>
struct extrapolated {
    State p;

    CDL_HD void operator()(index_t i) const {
        using T = std::remove_cvref_t<decltype(*p.moved)>;
        T along = T(0), across = T(0);
        for (index_t q = p.first_row[i], s = p.begin[i]; q < p.first_row[i + 1]; ++q, ++s) {
            const index_t first = (i * p.steps + s) * p.dim;
            for (index_t j = 0; j < p.dim && s < p.known[i]; ++j) {
                const T F = p.eps_hat[q * p.dim + j], change = T(F - p.moved[first + j]);
                along = T(along + change * F);
                across = T(across + change * change);
            }
            const T u = s >= p.next[i] && s < p.known[i] && across > T(0) ? T(along / across) : T(0);
            for (index_t j = 0; j < p.dim; ++j) {
                T& z = p.state(i, s + 1, j);
                const T G = z;
                if (u != T(0)) z = T(G - u * T(G - p.summed[first + j]));
                p.summed[first + j] = G;
                p.moved[first + j] = p.eps_hat[q * p.dim + j];
            }
        }
        p.known[i] = p.end(p.begin[i]);
    }
};

} // namespace cdl::sampler::detail
