// SPDX-License-Identifier: MIT
#pragma once

// The memory of a Picard iteration, and the passes that say what is asked in a sweep. Row q of a sweep is one state of one
// trajectory: the rows of a point are the states of its window, one after the other, and the rows of all points are one
// batch for the denoiser.

#include <cdl/sampler/stepper.hpp>

namespace cdl::sampler::detail {

/// What the passes share.
template <class T>
struct picard_state {
    index_t points, dim, steps, window;
    bool integrated;
    T* path;                        ///< points x (steps + 1) x dim
    T* noise;                       ///< points x steps x dim, or null
    const log_snr<T>* from;         ///< the level of each state but the last
    const affine_update<T>* update; ///< of each step
    const T* threshold;             ///< of each step: the mean square by which its end may move
    index_t *begin, *next;          ///< of each point: the first state of its window, and of the window after
    index_t* first_row;             ///< of each point, and the number of rows at last
    index_t* point_of;              ///< of each row
    T *query, *eps_hat;             ///< rows x dim
    log_snr<T>* level;              ///< of each row
    T* settled;                     ///< of each row: 1 or 0
    T* residual;                    ///< points x steps
    T *moved, *summed;              ///< points x steps x dim, or null: movement and sum of the sweep before
    index_t* known;                 ///< of each point: where the window of the sweep before ended

    CDL_HD index_t end(index_t first) const { return first + window < steps ? first + window : steps; }
    CDL_HD T& state(index_t i, index_t s, index_t j) const { return path[(i * (steps + 1) + s) * dim + j]; }
};

/// A body that is not worth waking a thread for, run for the indices of a group.
template <class Body>
struct each_of_group {
    Body body;

    template <class S>
    CDL_HD void operator()(lanes<S> group) const {
        for (index_t l = 0; l < group.count; ++l) body(group.first + l);
    }
};

/// All states of coordinate j of point i: the start, and guesses made of it.
template <class State, class Z>
struct guessed_path {
    State p;
    Z z;

    CDL_HD void operator()(index_t k) const {
        const index_t i = k / p.dim, j = k % p.dim;
        auto guess = z(i, j);
        p.state(i, 0, j) = guess;
        for (index_t s = 0; s < p.steps; ++s)
            p.state(i, s + 1, j) = guess = p.integrated ? p.update[s].from_z * guess : guess;
        if (j == 0) p.begin[i] = 0;
        if (j == 0) p.next[i] = 0;
        if (j == 0) p.known[i] = 0;
    }
};

/// The noise of one step of one point.
template <class State, class N>
struct kept_noise {
    State p;
    N source;

    CDL_HD void operator()(index_t k) const {
        using T = std::remove_cvref_t<decltype(*p.noise)>;
        const index_t i = k / p.steps, s = k % p.steps;
        T* const out = p.noise + k * p.dim;
        for (index_t j = 0; j < p.dim; j += 2) {
            const auto pair = normals(source, s, i, j / 2);
            out[j] = static_cast<T>(pair.first);
            if (j + 1 < p.dim) out[j + 1] = static_cast<T>(pair.second);
        }
    }
};

/// The windows move on, and their rows are counted: one body, for it is a running sum.
template <class State>
struct counted_rows {
    State p;
    bool together;

    CDL_HD void operator()(index_t) const {
        index_t least = p.steps;
        for (index_t i = 0; i < p.points; ++i) least = p.next[i] < least ? p.next[i] : least;
        index_t rows = 0;
        for (index_t i = 0; i < p.points; ++i) {
            if (together) p.next[i] = least;
            p.first_row[i] = rows;
            rows += p.end(p.next[i]) - p.next[i];
        }
        p.first_row[p.points] = rows;
    }
};

/// New states at the end of the window of point i start from the last one that there is; its rows learn whose they are.
template <class State>
struct moved_window {
    State p;

    CDL_HD void operator()(index_t i) const {
        for (index_t s = p.end(p.begin[i]); s < p.end(p.next[i]); ++s)
            for (index_t j = 0; j < p.dim; ++j)
                p.state(i, s + 1, j) = p.integrated ? p.update[s].from_z * p.state(i, s, j) : p.state(i, s, j);
        p.begin[i] = p.next[i];
        for (index_t q = p.first_row[i]; q < p.first_row[i + 1]; ++q) p.point_of[q] = i;
    }
};

/// Row q of the question for the denoiser.
template <class State>
struct asked_row {
    State p;

    CDL_HD void operator()(index_t q) const {
        const index_t i = p.point_of[q], s = p.begin[i] + q - p.first_row[i];
        for (index_t j = 0; j < p.dim; ++j) p.query[q * p.dim + j] = p.state(i, s, j);
        p.level[q] = p.from[s];
    }
};

/// The window after this one of point i begins where the first step ends whose end has not settled: that end is good,
/// for all before it have settled.
template <class State>
struct found_stride {
    State p;

    CDL_HD void operator()(index_t i) const {
        index_t q = p.first_row[i];
        const index_t last = p.first_row[i + 1] - 1;
        if (q > last) return; // this point is done
        while (q < last && p.settled[q] == 1) ++q;
        p.next[i] = p.begin[i] + 1 + q - p.first_row[i];
    }
};

/// The end of each trajectory.
template <class State, class Z>
struct last_states {
    State p;
    Z z;

    CDL_HD void operator()(index_t i) const {
        for (index_t j = 0; j < p.dim; ++j) z(i, j) = p.state(i, p.steps, j);
    }
};

} // namespace cdl::sampler::detail
