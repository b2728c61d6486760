// SPDX-License-Identifier: MIT
#pragma once

// A denoiser that knows a table of levels only, as a network does that was trained with integer steps: at any other level
// it is asked at one of the table, with z as it is. CDL's own code does so with DDPM's 1000 levels, by the floor of the
// fractional step, which is the next cleaner level; what that changes can be studied with an exact denoiser in its place.

#include <cdl/denoiser/detail/scratch_point.hpp>

#include <span>
#include <vector>

namespace cdl::denoiser {

/// Which level of a table stands for one between two of them: the nearest in log-SNR, the noisier if there are two; the next
/// cleaner one, the floor of a step that counts from clean to noisy; or the next noisier one.
enum class level_rule { nearest, cleaner, noisier };

/// Levels in somebody else's memory, in ascending or in descending order: DDPM's, in the order of its steps, descend.
template <class T, class Space = host>
class sorted_levels {
public:
    using space = Space; ///< where the levels lie

    /// n >= 1 levels where Space is. On the host they are checked to be in order and to be numbers; on a device they cannot
    /// be. Throws std::invalid_argument.
    sorted_levels(const log_snr<T>* levels, index_t size) : levels_(levels), size_(size) {
        constexpr auto where = "cdl::denoiser::sorted_levels";
        require(size >= 1, where, "levels", "must not be empty", size);
        if constexpr (std::is_same_v<Space, host>) {
            bool up = true, down = true;
            for (index_t k = 0; k < size; ++k) {
                require(levels[k].value == levels[k].value, where, "levels", "must be numbers", levels[k].value);
                if (k == 0) continue;
                up = up && levels[k - 1].value < levels[k].value;
                down = down && levels[k].value < levels[k - 1].value;
                require(up || down, where, "levels", "must be in order, without repetition", levels[k].value, " after ",
                        levels[k - 1].value);
            }
        }
    }
    sorted_levels(std::span<const log_snr<T>> levels)
        requires std::is_same_v<Space, host>
        : sorted_levels(levels.data(), static_cast<index_t>(levels.size())) {}
    sorted_levels(const std::vector<log_snr<T>>& levels)
        requires std::is_same_v<Space, host>
        : sorted_levels(std::span<const log_snr<T>>(levels)) {}
    sorted_levels(const std::vector<log_snr<T>>&&) = delete;

    CDL_HD index_t size() const { return size_; }
    CDL_HD log_snr<T> operator[](index_t k) const { return levels_[k]; }
    CDL_HD bool descends() const { return size_ > 1 && levels_[size_ - 1].value < levels_[0].value; }

    /// How many levels are noisier than a, for a number a of any kind.
    template <class S>
    CDL_HD index_t noisier_than(const S& a) const {
        const bool down = descends();
        index_t first = 0, last = size_; // in ascending order
        while (first < last) {
            const index_t middle = first + (last - first) / 2;
            if (S(levels_[down ? size_ - 1 - middle : middle].value) < a)
                first = middle + 1;
            else
                last = middle;
        }
        return first;
    }

    /// The index of the level that stands for a number a of any kind; beyond the ends that of the end.
    template <class S>
    CDL_HD index_t index_of(const log_snr<S>& a, level_rule rule) const {
        const index_t last = size_ - 1, above = noisier_than(a.value);
        const bool down = descends();
        const auto place = [&](index_t k) { return down ? last - k : k; };
        if (above == 0) return place(0);
        if (above > last) return place(last);
        const S upper = S(levels_[place(above)].value), lower = S(levels_[place(above - 1)].value);
        if (rule == level_rule::cleaner || upper == a.value) return place(above);
        if (rule == level_rule::noisier) return place(above - 1);
        return S(upper - a.value) < S(a.value - lower) ? place(above) : place(above - 1);
    }

private:
    const log_snr<T>* levels_;
    index_t size_;
};

/// A point denoiser that calls f(z, b) at a level b of the table instead of a; beyond the ends of the table b is its end.
/// NaN stays NaN. The levels live where f's parameters live and must outlive it. O(log n) for each point, on each number of
/// a pack by itself. Made of sorted_levels, or of a std::vector or std::span of levels.
template <class F, class T, class Space = host>
class with_quantised_levels {
    static_assert(detail::in_one_space<F, sorted_levels<T, Space>>(),
                  "cdl: the parameters of the denoiser and the levels live in different memory");

public:
    using space = Space;                                                   ///< where the levels lie
    static constexpr bool points_in_registers = detail::in_registers<F>(); ///< on a device

    with_quantised_levels(F f, sorted_levels<T, Space> levels, level_rule rule = level_rule::nearest)
        : f_(f), levels_(levels), rule_(rule) {}

    CDL_HD index_t dim() const
        requires detail::of_known_dim<F>
    {
        return f_.dim();
    }

    /// The index in the table of the level that stands for a number a: the step that a network is asked at.
    template <class S>
    CDL_HD index_t step_of(const log_snr<S>& a) const {
        return levels_.index_of(a, rule_);
    }

    /// The level that f is asked at instead of a.
    template <class S>
    CDL_HD log_snr<S> level_for(const log_snr<S>& a) const {
        const auto of_number = [&](const auto& v) {
            using number = std::remove_cvref_t<decltype(v)>;
            return select(v == v, number(levels_[step_of(log_snr<number>{v})].value), v);
        };
        if constexpr (lane_traits<S>::size == 1) {
            return {S(of_number(a.value))};
        } else {
            alignas(64) lane_t<S> values[static_cast<std::size_t>(lane_traits<S>::size)];
            lane_traits<S>::store(a.value, values);
            return {gather(lanes<S>{}, [&](index_t l) { return of_number(values[l]); })};
        }
    }

    template <point Z, class S, class E>
        requires point_denoiser<F, S>
    CDL_HD void operator()(const Z& z, const log_snr<S>& a, E&& eps_hat) const {
        f_(z, level_for(a), eps_hat);
    }

    /// div_z eps_hat.
    template <point Z, class S>
        requires divergent_denoiser<F, S>
    CDL_HD S divergence(const Z& z, const log_snr<S>& a) const {
        return S(f_.divergence(z, level_for(a)));
    }

    /// f prepared for the level that stands for a.
    template <exec::policy P>
        requires(std::is_same_v<Space, host> && tabulating_denoiser<F, P, T>)
    auto at_level(const P& policy, const log_snr<T>& a) const {
        return f_.at_level(policy, level_for(a));
    }

private:
    F f_;
    sorted_levels<T, Space> levels_;
    level_rule rule_;
};

template <class F, class T>
with_quantised_levels(F, const std::vector<log_snr<T>>&) -> with_quantised_levels<F, T, host>;
template <class F, class T>
with_quantised_levels(F, const std::vector<log_snr<T>>&, level_rule) -> with_quantised_levels<F, T, host>;
template <class F, class T>
with_quantised_levels(F, std::span<const log_snr<T>>) -> with_quantised_levels<F, T, host>;
template <class F, class T>
with_quantised_levels(F, std::span<const log_snr<T>>, level_rule) -> with_quantised_levels<F, T, host>;

} // namespace cdl::denoiser
