// SPDX-License-Identifier: MIT
#pragma once

// Noise that was drawn elsewhere, by another library or in an earlier run, as a noise source: with the same numbers,
// the results of two programs can be compared point by point.

#include <cdl/random/noise_source.hpp>
#include <cdl/view/batch_view.hpp>

namespace cdl::random {

/// A non-owning view of the noise of `steps()` steps for `points()` points: the noise of (step, point) is row
/// (step - first_step()) points() + point of a batch.
template <class T, index_t D = dynamic, class Layout = point_major, class Space = host>
class recorded_noise {
public:
    using value_type = T;
    using space = Space;

    /// `numbers`: (steps x points) x d. Throws std::invalid_argument unless its rows are a whole number of steps, and for a
    /// first step that is no address.
    recorded_noise(batch_view<const T, D, Layout, Space> numbers, index_t points, index_t first_step = 0)
        : numbers_(numbers), points_(points), first_step_(first_step) {
        constexpr auto where = "cdl::random::recorded_noise";
        require(points >= 1, where, "points", "must be at least 1", points);
        require(0 <= first_step && first_step < noise_steps, where, "first_step", "must be from 0 to 2^32 - 1",
                first_step);
        require(numbers.size() % points == 0, where, "numbers", "must be a whole number of steps", numbers.size(),
                " rows for ", points, " points");
    }

    CDL_HD constexpr const batch_view<const T, D, Layout, Space>& numbers() const { return numbers_; }
    CDL_HD constexpr index_t dim() const { return numbers_.dim(); }
    CDL_HD constexpr index_t points() const { return points_; } ///< of one step
    CDL_HD constexpr index_t steps() const { return numbers_.size() / points_; }
    CDL_HD constexpr index_t first_step() const { return first_step_; }
    CDL_HD constexpr index_t first() const { return first_; } ///< the recorded point that is point 0 of a batch

    /// The same noise for a batch whose point 0 is point `point` of this one's.
    CDL_HD constexpr recorded_noise starting_at(index_t point) const {
        auto part = *this;
        part.first_ += point;
        return part;
    }

    /// Throws std::invalid_argument unless the noise of `steps` steps from `step` on was recorded for at least `points`
    /// points of at least `dim` coordinates.
    void require_noise(index_t step, index_t steps, index_t points, index_t dim, const char* where) const {
        if (steps == 0 || points == 0 || dim == 0) return;
        const index_t end = first_step_ + this->steps();
        require(step >= first_step_ && step + steps <= end, where, "noise", "must have been recorded for every step",
                "steps ", first_step_, ", ..., ", end - 1, " for ", step, ", ..., ", step + steps - 1);
        require(first_ >= 0 && points <= points_ - first_, where, "noise", "must have been recorded for every point",
                points_ - first_, " points for ", points);
        require(dim <= this->dim(), where, "noise", "must have been recorded for every coordinate", this->dim(),
                " for ", dim);
    }

private:
    batch_view<const T, D, Layout, Space> numbers_;
    index_t points_;
    index_t first_step_;
    index_t first_ = 0;
};

template <class T, index_t D, class Layout, class Space, class... Counts>
recorded_noise(batch_view<T, D, Layout, Space>, Counts...) -> recorded_noise<std::remove_const_t<T>, D, Layout, Space>;

/// The recorded numbers of coordinates 2 block and 2 block + 1 at (step, point); 0 in place of a coordinate d.
/// Not checked: that they were recorded. `require_noise` is.
template <class T, index_t D, class Layout, class Space>
CDL_HD normal_pair normals(const recorded_noise<T, D, Layout, Space>& noise, index_t step, index_t point,
                           index_t block) {
    const index_t row = (step - noise.first_step()) * noise.points() + noise.first() + point, j = 2 * block;
    return {static_cast<double>(noise.numbers()(row, j)),
            j + 1 < noise.dim() ? static_cast<double>(noise.numbers()(row, j + 1)) : 0.0};
}

} // namespace cdl::random
