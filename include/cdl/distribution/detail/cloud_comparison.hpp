// SPDX-License-Identifier: MIT
#pragma once

// The points of a noised cloud as seen from one point z, compared by differences: where z is far from all of them, what their
// squared distances differ by is lost in rounding. With x_r the nearest point, y = z - S x_r and D_i = S (x_i - x_r),
//
//     q_i - q_r = sum_j D_ij (D_ij - 2 y_j) >= 0,     r_i proportional to e^(-(q_i - q_r) / 2v).
//
// Squares are in units of the longest coordinate of y, or of sqrt(v) where that is longer, so that none overflows for all points.

#include <cdl/distribution/detail/cloud_pass.hpp>
#include <cdl/distribution/detail/doubtful_lanes.hpp>

namespace cdl::distribution::detail {

/// A cloud as seen from z at level a, for scalars S of one lane.
template <class S, class T, index_t D, class Space, class Z>
class compared_points {
public:
    CDL_HD compared_points(const cloud_view<T, D, Space>& cloud, const log_snr<S>& a, const Z& z)
        : cloud_(cloud), z_(z), kernel_(a, S(cloud.kernel_width)) {
        find_nearest();
        for (index_t i = 0; i < cloud_.size(); ++i) total_.add(S(1), weight(i));
    }

    CDL_HD index_t dim() const { return cloud_.dim(); }
    CDL_HD const noised_kernel<S>& kernel() const { return kernel_; }

    /// log p_a(z), nats.
    CDL_HD S log_density() const {
        using std::log, std::sqrt;
        S square = S(0);
        for (index_t j = 0; j < dim(); ++j) {
            const S y = S(offset(j) / unit_);
            square = multiply_add(y, y, square);
        }
        const S mean_weight = S(total_.sum / S(static_cast<lane_t<S>>(static_cast<double>(cloud_.size()))));
        return S(kernel_.log_density_at(S(unit_ * S(sqrt(square))), dim()) + log(mean_weight));
    }

    /// Coordinate j of z - S x_r, and of x_r.
    CDL_HD S offset(index_t j) const { return multiply_add(S(-kernel_.signal), nearest_point(j), S(z_[j])); }
    CDL_HD S nearest_point(index_t j) const { return S(cloud_(nearest_, j)); }
    /// Coordinate j of x_i - x_r.
    CDL_HD S apart(index_t i, index_t j) const { return S(S(cloud_(i, j)) - nearest_point(j)); }

    static constexpr index_t capacity = D == dynamic ? local_point_capacity : D;

    /// out[j] = coordinate first + j of sum_i r_i (x_i - x_r), of count coordinates.
    CDL_HD void mean_apart(index_t first, index_t count, S* out) const {
        compensated_sum<S> sums[static_cast<std::size_t>(capacity)];
        for (index_t i = 0; i < cloud_.size(); ++i) {
            const S w = weight(i);
            for (index_t j = 0; j < count; ++j) sums[j].add(S(1), S(w * apart(i, first + j)));
        }
        for (index_t j = 0; j < count; ++j) out[j] = S(sums[j].sum / total_.sum);
    }

    /// sum_i r_i |x_i - x_bar|^2 factor^2, the spread of the points that z may come from.
    CDL_HD S spread(const S& factor) const {
        compensated_sum<S> sum;
        for (index_t first = 0; first < dim(); first += capacity) {
            const index_t count = dim() - first < capacity ? dim() - first : capacity;
            S mean[static_cast<std::size_t>(capacity)];
            mean_apart(first, count, mean);
            for (index_t i = 0; i < cloud_.size(); ++i) {
                const S w = weight(i);
                for (index_t j = 0; j < count; ++j) {
                    const S from_mean = S(factor * S(apart(i, first + j) - mean[j]));
                    sum.add(S(1), S(S(w * from_mean) * from_mean));
                }
            }
        }
        return S(sum.sum / total_.sum);
    }

private:
    CDL_HD S weight(index_t i) const {
        const S square = max_of(squares_beyond(i, nearest_), S(0)); // in units
        return math::exp_nonpositive(S(-kernel_.exponent(square, unit_)));
    }

    /// (q_i - q_k) / unit^2.
    CDL_HD S squares_beyond(index_t i, index_t k) const {
        S square = S(0);
        for (index_t j = 0; j < dim(); ++j) {
            const S y = S(multiply_add(S(-kernel_.signal), S(cloud_(k, j)), S(z_[j])) / unit_);
            const S step = S(S(kernel_.signal * S(S(cloud_(i, j)) - S(cloud_(k, j)))) / unit_);
            square = multiply_add(step, S(S(step - y) - y), square);
        }
        return square;
    }

    /// The nearest point: first by squared distances, then by their differences.
    CDL_HD void find_nearest() {
        using std::abs;
        nearest_ = 0;
        unit_ = kernel_.unit();
        for (index_t i = 0; i < cloud_.size();
             ++i) { // the point whose farthest coordinate is nearest, and how far that is
            S farthest = S(0);
            for (index_t j = 0; j < dim(); ++j)
                farthest = max_of(farthest, S(abs(multiply_add(S(-kernel_.signal), S(cloud_(i, j)), S(z_[j])))));
            if (i == 0 || farthest < unit_) unit_ = farthest, nearest_ = i;
        }
        unit_ = max_of(unit_, kernel_.unit());
        for (int round = 0; round < 2; ++round) {
            const index_t from = nearest_;
            S least = S(0);
            for (index_t i = 0; i < cloud_.size(); ++i) {
                const S square = squares_beyond(i, from);
                if (square < least) nearest_ = i, least = square;
            }
        }
    }

    cloud_view<T, D, Space> cloud_;
    const Z& z_;
    noised_kernel<S> kernel_;
    S unit_;
    index_t nearest_ = 0;
    compensated_sum<S> total_;
};

/// The lane's out = offset_factor (z - S x_bar) + point_factor x_bar, x_bar = sum_i r_i x_i.
template <class Compared, class S, class Lane, class Out>
CDL_HD void put_mean_point(const Compared& compared, const S& offset_factor, const S& point_factor, const Lane& lane,
                           Out& out) {
    S apart[static_cast<std::size_t>(Compared::capacity)];
    for (index_t first = 0; first < compared.dim(); first += Compared::capacity) {
        const index_t left = compared.dim() - first, count = left < Compared::capacity ? left : Compared::capacity;
        compared.mean_apart(first, count, apart);
        for (index_t i = 0; i < count; ++i) {
            const index_t j = first + i;
            const S offset = multiply_add(S(-compared.kernel().signal), apart[i], compared.offset(j));
            const S x_bar = S(compared.nearest_point(j) + apart[i]);
            lane.put(out[j], S(S(offset_factor * offset) + S(point_factor * x_bar)));
        }
    }
}

/// The points as seen from z at level a; views z.
template <class S, class T, index_t D, class Space, class Z>
CDL_HD compared_points<S, T, D, Space, Z> compare(const cloud_view<T, D, Space>& cloud, const log_snr<S>& a,
                                                  const Z& z) {
    return {cloud, a, z};
}

/// Calls redo(compared, lane) for each lane of z in which sums over the points are in doubt, the nearest being at this squared
/// distance: `compared` are the same points as seen from what the lane holds.
template <trusted Sums = trusted::pulls, class S, class T, index_t D, class Space, class Z, class Redo>
CDL_HD void compare_doubtful(const cloud_view<T, D, Space>& cloud, const noised_kernel<S>& kernel, const log_snr<S>& a,
                             const S& nearest, const Z& z, const Redo& redo) {
    const S unit = kernel.unit(), infinity = S(std::numeric_limits<lane_t<S>>::infinity());
    const S exponent =
        select(nearest < S((std::numeric_limits<lane_t<S>>::max)()), S(kernel.falloff * nearest), infinity);
    redo_doubtful(may_trust<Sums>(exponent, S(unit * unit), cloud.dim()), z, a,
                  [&](const auto& at, const auto& level, const auto& lane) { redo(compare(cloud, level, at), lane); });
}

} // namespace cdl::distribution::detail
