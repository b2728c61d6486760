// SPDX-License-Identifier: MIT
#pragma once

// The levels of a batch: one for each point, as training needs, or one for all, as sampling needs, in one type.

#include <cdl/core/lanes.hpp>
#include <cdl/schedule/log_snr.hpp>
#include <cdl/view/space.hpp>

#include <span>
#include <type_traits>

namespace cdl {

/// A non-owning view of n log-SNRs, or one log-SNR for all points, which the view stores itself.
template <class T, class Space = host>
class level_view {
public:
    /// One level for all points of a batch of any size.
    CDL_HD constexpr level_view(log_snr<T> common) : common_(common) {}

    /// n levels, `stride` apart.
    CDL_HD constexpr level_view(const log_snr<T>* levels, index_t size, index_t stride = 1)
        : levels_(levels), common_{T(0)}, size_(size), stride_(stride) {}
    template <class Levels>
        requires(std::is_same_v<Space, host> && std::constructible_from<std::span<const log_snr<T>>, const Levels&>)
    constexpr level_view(const Levels& levels) : level_view(std::span<const log_snr<T>>(levels)) {}
    template <class Levels>
        requires(std::constructible_from<std::span<const log_snr<T>>, const Levels&> &&
                 !std::ranges::enable_borrowed_range<Levels>)
    level_view(const Levels&& temporary) = delete; // the view would outlive the temporary: give the levels a name
    constexpr level_view(std::span<const log_snr<T>> levels)
        requires std::is_same_v<Space, host>
        : level_view(levels.data(), static_cast<index_t>(levels.size())) {}

    CDL_HD constexpr bool is_common() const { return size_ == one_for_all; }

    /// The level of all points. Only where `is_common()`.
    CDL_HD constexpr log_snr<T> common() const { return common_; }

    /// The number of levels: 1 where it is common.
    CDL_HD constexpr index_t size() const { return is_common() ? 1 : size_; }

    /// Whether there is a level for each of n points.
    CDL_HD constexpr bool fits(index_t n) const { return is_common() || size_ == n; }

    CDL_HD constexpr log_snr<T> operator[](index_t i) const { return is_common() ? common_ : levels_[i * stride_]; }

    /// The levels of points first, ..., first + count - 1.
    CDL_HD constexpr level_view slice(index_t first, index_t count) const {
        return is_common() ? *this : level_view(levels_ + first * stride_, count, stride_);
    }

private:
    static constexpr index_t one_for_all = -1;

    const log_snr<T>* levels_ = nullptr;
    log_snr<T> common_;
    index_t size_ = one_for_all;
    index_t stride_ = 1;
};

/// The levels of a group of points.
template <class S, class T, class Space>
CDL_HD log_snr<S> load(const level_view<T, Space>& levels, lanes<S> points) {
    if (levels.is_common()) return {S(levels.common().value)};
    return {gather(points, [&](index_t i) { return levels[i].value; })};
}

} // namespace cdl
