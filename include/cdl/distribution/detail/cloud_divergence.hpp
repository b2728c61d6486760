// SPDX-License-Identifier: MIT
#pragma once

// The divergence of the noise estimate of a noised cloud of points, at one point. With o_i = z - S x_i, r_i the posterior
// probability of point i, o = sum_i r_i o_i and v = S^2 h^2 + N^2 (see cloud_pass.hpp),
//
//     div_z eps_hat = N/v [ d - 1/v sum_i r_i |o_i - o|^2 ] = -N Laplacian of log p_a(z).
//
// The sum is the posterior variance of the data, times S^2. It is computed as one, of squared distances from the mean, in
// a second pass over the cloud.

#include <cdl/distribution/detail/cloud_sums.hpp>

namespace cdl::distribution::detail {

/// The squared distance of o_i from a point, of some of their coordinates.
template <class S, class Offset>
struct squares_from {
    const Offset& offset;
    const S* center;
    index_t first, count;

    CDL_HD S operator()(index_t i, index_t) const {
        S square = S(0);
        for (index_t j = 0; j < count; ++j) {
            const S from_center = S(offset(i, first + j) - center[j]);
            square = multiply_add(from_center, from_center, square);
        }
        return square;
    }
};

/// Coordinates first, first + 1, ... of o_i.
template <class Offset>
struct offset_beyond {
    const Offset& offset;
    index_t first;

    CDL_HD auto operator()(index_t i, index_t j) const { return offset(i, first + j); }
};

/// div eps_hat. Two passes over the cloud; a dynamic dimension above `local_point_capacity` two for each so many
/// coordinates. 0 for clean data, where eps_hat is 0, too.
template <class S, class T, index_t D, class Space, class Z>
CDL_HD S divergence(const cloud_view<T, D, Space>& cloud, const log_snr<S>& a, const Z& z) {
    using offsets = offset_from_points<S, cloud_view<T, D, Space>, Z>;
    constexpr index_t capacity = D == dynamic ? local_point_capacity : D;
    const noised_kernel<S> kernel(a, S(cloud.kernel_width));
    const offsets offset{cloud, z, S(-kernel.signal)};
    S spread = S(0), nearest = S(0);
    for (index_t first = 0; first < cloud.dim(); first += capacity) {
        const index_t count = cloud.dim() - first < capacity ? cloud.dim() - first : capacity;
        S center[static_cast<std::size_t>(capacity)];
        pass_over_cloud<S, sums_in_registers<S, capacity>> mean{kernel, {}};
        mean.add_all(cloud, count, offset, offset_beyond<offsets>{offset, first});
        for (index_t j = 0; j < count; ++j) center[j] = S(mean.sums[j] / mean.weight.sum);
        pass_over_cloud<S, sums_in_registers<S, 1>> squares{kernel, {}};
        squares.add_all(cloud, 1, offset, squares_from<S, offsets>{offset, center, first, count});
        spread = S(spread + squares.sums[0] / squares.weight.sum);
        nearest = mean.nearest;
    }
    const S dims = S(static_cast<lane_t<S>>(static_cast<double>(cloud.dim())));
    const S within =
        S(S(S(2) * kernel.falloff) * spread); // the share of the noise that is uncertain which point it is on
    S result = select(kernel.pull == S(0), S(0), S(kernel.pull * S(dims - within)));
    compare_doubtful(cloud, kernel, a, nearest, z, [&](const auto& compared, const auto& lane) {
        using number = lane_t<S>;
        const number unit = compared.kernel().unit();
        const number apart = compared.kernel().exponent(compared.spread(number(compared.kernel().signal / unit)), unit);
        const number pull = compared.kernel().pull;
        lane.put(result,
                 select(pull == number(0), number(0), number(pull * number(lane.of(dims) - number(2) * apart))));
    });
    return result;
}

} // namespace cdl::distribution::detail
