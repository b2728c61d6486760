// SPDX-License-Identifier: MIT
#pragma once

// Sums over the points of a noised cloud (cloud_pass.hpp) at one point z: its log density, eps_hat, and the posterior mean and
// variance of the data. One pass over the points; where that is in doubt (doubtful_lanes.hpp), once more by differences.

#include <cdl/distribution/detail/cloud_comparison.hpp>

namespace cdl::distribution::detail {

/// log p_a(z), nats.
template <class S, class T, index_t D, class Space, class Z>
CDL_HD S log_density(const cloud_view<T, D, Space>& cloud, const log_snr<S>& a, const Z& z) {
    using std::log;
    pass_over_cloud<S, sums_in_registers<S, 0>> pass{{a, S(cloud.kernel_width)}, {}};
    const offset_from_points<S, cloud_view<T, D, Space>, Z> offset{cloud, z, S(-pass.kernel.signal)};
    pass.add_all(cloud, 0, offset, offset);
    const S mean_weight = S(pass.weight.sum / S(static_cast<lane_t<S>>(static_cast<double>(cloud.size()))));
    S log_p = S(pass.kernel.log_density(pass.nearest, cloud.dim()) + log(mean_weight));
    compare_doubtful(cloud, pass.kernel, a, pass.nearest, z,
                     [&](const auto& compared, const auto& lane) { lane.put(log_p, compared.log_density()); });
    return log_p;
}

/// out = sum_i r_i t_i, the posterior mean of d numbers `term(i, j)` of each point. Returns the squared distance of the nearest.
template <class S, class T, index_t D, class Space, class Z, class Term, class Out>
CDL_HD S posterior_average(const cloud_view<T, D, Space>& cloud, const noised_kernel<S>& kernel, const Z& z,
                           const Term& term, Out& out) {
    const offset_from_points<S, cloud_view<T, D, Space>, Z> offset{cloud, z, S(-kernel.signal)};
    const auto average = [&](auto pass) {
        pass.add_all(cloud, cloud.dim(), offset, term);
        for (index_t j = 0; j < cloud.dim(); ++j) out[j] = S(pass.sums[j] / pass.weight.sum);
        return pass.nearest;
    };
    if constexpr (D == dynamic) {
        for (index_t j = 0; j < cloud.dim(); ++j) out[j] = S(0);
        return average(pass_over_cloud<S, sums_in_place<S, Out>>{kernel, {out}});
    } else {
        return average(pass_over_cloud<S, sums_in_registers<S, D>>{kernel, {}});
    }
}

/// out = eps_hat = N/v sum_i r_i (z - S x_i), free of cancellation because offsets are added.
template <class S, class T, index_t D, class Space, class Z, class Out>
CDL_HD void noise_estimate(const cloud_view<T, D, Space>& cloud, const log_snr<S>& a, const Z& z, Out& out) {
    const noised_kernel<S> kernel(a, S(cloud.kernel_width));
    const offset_from_points<S, cloud_view<T, D, Space>, Z> offset{cloud, z, S(-kernel.signal)};
    const S nearest = posterior_average(cloud, kernel, z, offset, out);
    for (index_t j = 0; j < cloud.dim(); ++j) out[j] = S(kernel.pull * S(out[j]));
    compare_doubtful(cloud, kernel, a, nearest, z, [&](const auto& compared, const auto& lane) {
        put_mean_point(compared, compared.kernel().pull, lane_t<S>(0), lane, out);
    });
}

/// out = x_hat = E[x | z] = x_bar + S h^2/v (z - S x_bar) with x_bar = sum_i r_i x_i, good at every level.
template <class S, class T, index_t D, class Space, class Z, class Out>
CDL_HD void posterior_mean(const cloud_view<T, D, Space>& cloud, const log_snr<S>& a, const Z& z, Out& out) {
    const noised_kernel<S> kernel(a, S(cloud.kernel_width));
    const S nearest = posterior_average(cloud, kernel, z, points_themselves<S, cloud_view<T, D, Space>>{cloud}, out);
    for (index_t j = 0; j < cloud.dim(); ++j) {
        const S x_bar = S(out[j]);
        out[j] = S(x_bar + kernel.gain * multiply_add(S(-kernel.signal), x_bar, S(z[j])));
    }
    compare_doubtful<trusted::means>(cloud, kernel, a, nearest, z, [&](const auto& compared, const auto& lane) {
        put_mean_point(compared, compared.kernel().gain, lane_t<S>(1), lane, out);
    });
}

/// tr Cov(x | z) = d h^2 N^2/v + sum_i r_i |x_i - x_bar|^2 (N^2/v)^2: what the kernels are wide and what the points are apart, of
/// lanes one after the other.
template <class S, class T, index_t D, class Space, class Z>
CDL_HD S posterior_variance(const cloud_view<T, D, Space>& cloud, const log_snr<S>& a, const Z& z) {
    S variance = S(0);
    do_each_lane(z, a, [&](const auto& at, const auto& level, const auto& lane) {
        using number = lane_t<S>;
        const auto compared = compare(cloud, level, at);
        const number share = number(noise_scale(level) * compared.kernel().pull); // N^2/v
        const number width = number(cloud.kernel_width);
        const number within = number(number(static_cast<double>(cloud.dim())) * number(number(width * share) * width));
        lane.put(variance, number(within + compared.spread(share)));
    });
    return variance;
}

} // namespace cdl::distribution::detail
