// SPDX-License-Identifier: MIT
#pragma once

// The slopes of a point and of the integral of div f along its flow: exact, or by probes. A row is a point z and behind it
// one integral for each way to its divergence; see log_likelihood.hpp.

#include <cdl/random/noise_stream.hpp>
#include <cdl/sampler/probability_flow.hpp>

namespace cdl::sampler::detail {

/// Whether a denoiser knows div eps_hat at a point.
template <class F, class T>
concept knows_divergence = requires(const F& f, point_view<const T> z, log_snr<T> a) { T(f.divergence(z, a)); };

/// out[i, column] = div f at point i and its level, for a group of points.
template <class F, class Z, class Levels, class Out>
struct divergences {
    F f;
    Z z;
    Levels levels;
    Out out;
    index_t column;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const log_snr<S> a = load(levels, i);
        if constexpr (lanes<S>::width == 1) {
            store(out, i, column, S(f.divergence(z[i.first], a)));
        } else {
            local_point<S, Z::static_dim> at(z.dim());
            for (index_t j = 0; j < z.dim(); ++j) at[j] = load<S>(z, i, j);
            store(out, i, column, S(f.divergence(at, a)));
        }
    }
};

/// The slopes of z and of one integral, for a denoiser that knows its divergence.
template <class F, class T, index_t D, class Space>
struct exact_field {
    F& denoiser;
    index_t d;

    template <exec::policy P>
    index_t operator()(const P& policy, const state_rows<T, Space>& at, const level_view<T, Space>& levels,
                       const state_rows<T, Space>& k, const index_t*) const {
        using point_function = std::remove_const_t<F>;
        const auto z = points_of<D>(at, d);
        denoiser::denoise(policy, denoiser, z, levels, points_of<D>(k, d));
        const divergences<point_function, std::remove_const_t<decltype(z)>, level_view<T, Space>, state_rows<T, Space>>
            body{denoiser, z, levels, k, d};
        denoiser::detail::for_each_group<point_function, T, D>(policy, at.size(), d, body);
        policy.template for_each_lanes<T>(at.size(), flow_slope<T, Space>{at, k, levels, d});
        return 1;
    }
};

/// The signs of a probe at coordinates 2 block and 2 block + 1, for a group of rows, which are points index[i].
template <class S>
CDL_HD scalar_pair<S> probe_signs(const random::noise_stream& noise, index_t probe, const index_t* index,
                                  lanes<S> points, index_t block) {
    return gather_pairs(points, [&](index_t i) {
        const auto words = noise.words(probe, index[i], block);
        return scalar_pair<double>{words[0] >> 63 != 0 ? -1.0 : 1.0, words[1] >> 63 != 0 ? -1.0 : 1.0};
    });
}

/// out = z + share N v for a group of points, v the signs of a probe.
template <class T, class Space>
struct shifted {
    state_rows<T, Space> z, out;
    level_view<T, Space> levels;
    random::noise_stream noise;
    index_t probe;
    const index_t* index;
    T share;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        const S h = S(S(share) * noise_scale(load(levels, i)));
        for (index_t j = 0; j < out.dim(); j += 2) {
            const auto v = probe_signs<S>(noise, probe, index, i, j / 2);
            store(out, i, j, S(load<S>(z, i, j) + h * v.first));
            if (j + 1 < out.dim()) store(out, i, j + 1, S(load<S>(z, i, j + 1) + h * v.second));
        }
    }
};

/// out[i, column] = v . (above - below) / (2 share N) for a group of points.
template <class T, class Space>
struct probed {
    state_rows<T, Space> above, below, out;
    index_t column;
    level_view<T, Space> levels;
    random::noise_stream noise;
    index_t probe;
    const index_t* index;
    T share;

    template <class S>
    CDL_HD void operator()(lanes<S> i) const {
        S sum = S(T(0));
        for (index_t j = 0; j < above.dim(); j += 2) {
            const auto v = probe_signs<S>(noise, probe, index, i, j / 2);
            sum = multiply_add(v.first, S(load<S>(above, i, j) - load<S>(below, i, j)), sum);
            if (j + 1 < above.dim())
                sum = multiply_add(v.second, S(load<S>(above, i, j + 1) - load<S>(below, i, j + 1)), sum);
        }
        store(out, i, column, S(sum / S(S(T(2) * share) * noise_scale(load(levels, i)))));
    }
};

/// The slopes of z and of an integral for each probe. Memory: three batches.
template <class F, class T, index_t D, class Space>
class probed_field {
public:
    template <exec::policy P>
    probed_field(const P& policy, F& denoiser, index_t n, index_t d, const random::noise_stream& noise, index_t probes,
                 T share)
        : denoiser_(denoiser), d_(d), noise_(noise), probes_(probes), share_(share),
          memory_(policy.template allocate<T>(3 * n * d)) {}

    template <exec::policy P>
    index_t operator()(const P& policy, const state_rows<T, Space>& at, const level_view<T, Space>& levels,
                       const state_rows<T, Space>& k, const index_t* index) const {
        const index_t n = at.size();
        const auto batch = [&](index_t b) { return state_rows<T, Space>(memory_.data() + b * n * d_, n, d_); };
        const auto z = batch(0), above = batch(1), below = batch(2);
        denoiser::denoise(policy, denoiser_, points_of<D>(at, d_), levels, points_of<D>(k, d_));
        for (index_t p = 0; p < probes_; ++p) {
            for (const bool up : {true, false}) {
                policy.template for_each_lanes<T>(
                    n, shifted<T, Space>{at, z, levels, noise_, p, index, up ? share_ : T(-share_)});
                denoiser::denoise(policy, denoiser_, points_of<D>(z, d_), levels, points_of<D>(up ? above : below, d_));
            }
            policy.template for_each_lanes<T>(
                n, probed<T, Space>{above, below, k, d_ + p, levels, noise_, p, index, share_});
        }
        policy.template for_each_lanes<T>(n, flow_slope<T, Space>{at, k, levels, d_});
        return 1 + 2 * probes_;
    }

private:
    F& denoiser_;
    index_t d_;
    random::noise_stream noise_;
    index_t probes_;
    T share_;
    exec::buffer<T, Space> memory_;
};

} // namespace cdl::sampler::detail
