// SPDX-License-Identifier: MIT
#pragma once

// The passes of one Picard sweep. Row q of a sweep is one point of one trajectory: the rows of a point are the states of
// its window, one after the other, and the rows of all points are one batch for the denoiser.

#include <cdl/sampler/run.hpp>

namespace cdl::sampler {

/// How the linear part of a step, A z, enters a sweep.
enum class linear_part {
    iterated,   ///< with the z of the sweep before, as in [CDL eq. 13] and ParaDiGMS
    integrated, ///< with the new z, so that only eps_hat is iterated: the iteration in y = z / S
};

/// The settings of `picard`.
struct picard_settings {
    /// The steps of a window; 0 for all of them.
    index_t window = 0;
    /// A state has settled when it moves, rms over coordinates, by no more than this many standard deviations of the
    /// posterior of the step that leaves it [Shih et al. 2023, alg. 1]; the last state when it does not move at all.
    double tolerance = 0.1;
    linear_part linear = linear_part::iterated;
    /// Whether all windows of the batch move together, by the least of their strides, as published: a point's result
    /// then depends, within the tolerance, on the other points.
    bool together = false;

    void check(const char* where) const {
        require(window >= 0, where, "window", "must not be negative", window);
        require(tolerance >= 0, where, "tolerance", "must not be negative", tolerance);
    }
};

/// All trajectories of a batch while they are iterated: a view in memory of the policy.
template <class T, index_t D, class Space>
struct picard_path {
    batch_view<const T, D, point_major, Space> states; ///< (T + 1) rows for each point, one point after the other
    index_t steps;                                     ///< T, without those between equal levels

    /// The points at level k = 0, ..., T, n x d.
    batch_view<const T, D, strided, Space> level(index_t k) const {
        const index_t n = states.size() / (steps + 1), d = states.dim();
        return {states.data() + k * d, n, d, (steps + 1) * d, 1};
    }
};

namespace detail {

/// The steps of a grid between different levels.
template <class T>
std::vector<level_step<T>> moving_steps(const std::vector<log_snr<T>>& levels) {
    std::vector<level_step<T>> steps;
    const auto count = static_cast<index_t>(levels.size()) - 1;
    for (std::size_t k = 0; k + 1 < levels.size(); ++k)
        if (levels[k] < levels[k + 1]) steps.push_back({static_cast<index_t>(k), count, levels[k], levels[k + 1]});
    return steps;
}

/// What the passes share.
template <class T, index_t D, class Space>
struct picard_state {
    index_t points, dim, steps, window;
    bool integrated;
    T* path;                ///< points x (steps + 1) x dim
    T* noise;               ///< points x steps x dim, or null
    const log_snr<T>* from; ///< the level of each state but the last
    const T *A, *B, *C;     ///< of each step
    const T* threshold;     ///< of each step: the mean square by which its end may move
    index_t *begin, *next;  ///< of each point: the first state of its window, and of the window after
    index_t* first_row;     ///< of each point, and the number of rows at last
    index_t* point_of;      ///< of each row
    T *query, *eps_hat;     ///< rows x dim
    log_snr<T>* level;      ///< of each row
    T* settled;             ///< of each row: 1 or 0
    T* residual;            ///< points x steps

    CDL_HD index_t end(index_t first) const { return first + window < steps ? first + window : steps; }
    CDL_HD T& state(index_t i, index_t s, index_t j) const { return path[(i * (steps + 1) + s) * dim + j]; }
};

/// All states of coordinate j of point i: the start, then its guess; and the noise of each step.
template <class State, class Z>
struct guessed_path {
    State p;
    Z z;

    CDL_HD void operator()(index_t k) const {
        const index_t i = k / p.dim, j = k % p.dim;
        auto guess = z(i, j);
        p.state(i, 0, j) = guess;
        for (index_t s = 0; s < p.end(0); ++s) p.state(i, s + 1, j) = guess = p.integrated ? p.A[s] * guess : guess;
        if (j == 0) p.begin[i] = 0;
        if (j == 0) p.next[i] = 0;
    }
};

/// The noise of one step of one point.
template <class State, class N>
struct kept_noise {
    State p;
    N source;
    const index_t* address; ///< of each step

    CDL_HD void operator()(index_t k) const {
        using T = std::remove_cvref_t<decltype(*p.noise)>;
        const index_t i = k / p.steps, s = k % p.steps;
        T* const out = p.noise + k * p.dim;
        for (index_t j = 0; j < p.dim; j += 2) {
            const auto pair = normals(source, address[s], i, j / 2);
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
                p.state(i, s + 1, j) = p.integrated ? p.A[s] * p.state(i, s, j) : p.state(i, s, j);
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

/// The prefix sum of coordinate j of point i over its window, with the movement of each state in place of eps_hat.
template <class State>
struct summed_steps {
    State p;

    CDL_HD void operator()(index_t k) const {
        const index_t i = k / p.dim, j = k % p.dim;
        auto z = p.state(i, p.begin[i], j);
        for (index_t q = p.first_row[i], s = p.begin[i]; q < p.first_row[i + 1]; ++q, ++s) {
            auto& eps_hat = p.eps_hat[q * p.dim + j];
            const auto linear = p.integrated ? p.A[s] * z : z + (p.A[s] - 1) * p.query[q * p.dim + j];
            z = linear + p.B[s] * eps_hat;
            if (p.noise) z = z + p.C[s] * p.noise[(i * p.steps + s) * p.dim + j];
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

/// The memory of `picard` and the order of its passes.
template <class T, index_t D, class P>
class picard_sweeper {
    using space = typename P::space;
    using state = picard_state<T, D, space>;
    template <class U>
    using buffer = exec::buffer<U, space>;

public:
    template <class M, class Z, class N>
    picard_sweeper(const P& policy, const M& method, const std::vector<level_step<T>>& steps, const Z& z,
                   const N& noise, const picard_settings& settings)
        : policy_(policy), together_(settings.together), points_(z.size()), dim_(z.dim()),
          steps_(static_cast<index_t>(steps.size())),
          window_(settings.window == 0 || settings.window > steps_ ? steps_ : settings.window),
          from_(table<log_snr<T>>(steps, [](const auto& s) { return s.from; })),
          A_(table<T>(steps, [&](const auto& s) { return rounded_coefficients(method, s.from, s.to).from_z; })),
          B_(table<T>(steps, [&](const auto& s) { return rounded_coefficients(method, s.from, s.to).from_eps_hat; })),
          C_(table<T>(steps, [&](const auto& s) { return rounded_coefficients(method, s.from, s.to).from_noise; })),
          threshold_(thresholds(steps, settings.tolerance)), path_(allocate<T>(points_ * (steps_ + 1) * dim_)),
          noise_(allocate<T>(method.stochastic() ? points_ * steps_ * dim_ : 0)),
          query_(allocate<T>(points_ * window_ * dim_)), eps_hat_(allocate<T>(points_ * window_ * dim_)),
          settled_(allocate<T>(points_ * window_)), residual_(allocate<T>(points_ * steps_)),
          level_(allocate<log_snr<T>>(points_ * window_)), begin_(allocate<index_t>(points_)),
          next_(allocate<index_t>(points_)), first_row_(allocate<index_t>(points_ + 1)),
          point_of_(allocate<index_t>(points_ * window_)), p_{points_,
                                                              dim_,
                                                              steps_,
                                                              window_,
                                                              settings.linear == linear_part::integrated,
                                                              path_.data(),
                                                              method.stochastic() ? noise_.data() : nullptr,
                                                              from_.data(),
                                                              A_.data(),
                                                              B_.data(),
                                                              C_.data(),
                                                              threshold_.data(),
                                                              begin_.data(),
                                                              next_.data(),
                                                              first_row_.data(),
                                                              point_of_.data(),
                                                              query_.data(),
                                                              eps_hat_.data(),
                                                              level_.data(),
                                                              settled_.data(),
                                                              residual_.data()} {
        policy_.for_each_index(points_ * dim_, guessed_path<state, Z>{p_, z});
        if (!method.stochastic()) return;
        const auto addresses = table<index_t>(steps, [](const auto& s) { return s.index; });
        policy_.for_each_index(points_ * steps_, kept_noise<state, N>{p_, noise, addresses.data()});
        index_t done;
        policy_.get(addresses.data(), 1, &done); // the addresses are in use until then
    }

    picard_path<T, D, space> path() const {
        return {batch_view<const T, D, point_major, space>(path_.data(), points_ * (steps_ + 1), dim_), steps_};
    }

    /// Moves the windows on. Returns the rows of the next sweep, 0 when all trajectories have settled.
    index_t plan() {
        policy_.for_each_index(1, counted_rows<state>{p_, together_});
        policy_.for_each_index(points_, moved_window<state>{p_});
        index_t rows;
        policy_.get(first_row_.data() + points_, 1, &rows);
        return rows;
    }

    template <class F>
    void sweep(F& denoiser, index_t rows) {
        policy_.for_each_index(rows, asked_row<state>{p_});
        detail::denoise(policy_, denoiser, batch_view<const T, D, point_major, space>(query_.data(), rows, dim_),
                        level_view<T, space>(level_.data(), rows),
                        batch_view<T, D, point_major, space>(eps_hat_.data(), rows, dim_));
        policy_.for_each_index(points_ * dim_, summed_steps<state>{p_});
        policy_.for_each_index(rows, judged_row<state>{p_});
        policy_.for_each_index(points_, found_stride<state>{p_});
    }

    /// The largest movement of the end of each step, over the points.
    std::vector<double> residuals() const {
        std::vector<T> of_points(static_cast<std::size_t>(points_ * steps_));
        policy_.get(residual_.data(), points_ * steps_, of_points.data());
        std::vector<double> largest(static_cast<std::size_t>(steps_));
        for (std::size_t k = 0; k < of_points.size(); ++k) {
            auto& r = largest[k % largest.size()];
            r = max_of(r, static_cast<double>(of_points[k]));
        }
        return largest;
    }

    template <class Z>
    void finish(const Z& z) const {
        policy_.for_each_index(points_, last_states<state, Z>{p_, z});
    }

private:
    template <class U>
    buffer<U> allocate(index_t n) const {
        return policy_.template allocate<U>(n);
    }

    template <class U, class Of>
    buffer<U> table(const std::vector<level_step<T>>& steps, const Of& of) const {
        std::vector<U> values;
        for (const auto& s : steps) values.push_back(of(s));
        return policy_.put(values.data(), static_cast<index_t>(values.size()));
    }

    /// tolerance^2 times the posterior variance of the step after each; 0 after the last.
    buffer<T> thresholds(const std::vector<level_step<T>>& steps, double tolerance) const {
        std::vector<T> values(steps.size(), T(0));
        for (std::size_t k = 0; k + 1 < steps.size(); ++k)
            values[k] =
                T(T(tolerance) * T(tolerance) * channel::posterior(steps[k + 1].to, steps[k + 1].from).variance);
        return policy_.put(values.data(), static_cast<index_t>(values.size()));
    }

    P policy_;
    bool together_;
    index_t points_, dim_, steps_, window_;
    buffer<log_snr<T>> from_;
    buffer<T> A_, B_, C_, threshold_, path_, noise_, query_, eps_hat_, settled_, residual_;
    buffer<log_snr<T>> level_;
    buffer<index_t> begin_, next_, first_row_, point_of_;
    state p_;
};

} // namespace detail
} // namespace cdl::sampler
