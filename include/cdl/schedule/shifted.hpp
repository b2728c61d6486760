// SPDX-License-Identifier: MIT
#pragma once

// A schedule moved by a constant log-SNR: for images of another resolution, or data of another scale.

#include <cdl/core/checks.hpp>
#include <cdl/schedule/noise_schedule.hpp>

namespace cdl::schedule {

/// a(t) = base(t) + shift; a positive shift is cleaner at every time.
template <class Base>
class shifted {
    static_assert(require_schedule<Base>());

public:
    using value_type = typename Base::value_type;

    /// The shift is finite, else std::invalid_argument.
    shifted(const Base& base, const value_type& shift) : base_(base), shift_(shift) {
        require(value_type(shift - shift) == value_type(0), "cdl::schedule::shifted", "shift", "must be finite", shift);
        first_ = at(value_type(0)), last_ = at(value_type(1));
    }

    /// The level at time t.
    CDL_HD log_snr<value_type> at(const value_type& t) const { return {value_type(base_.at(t).value + shift_)}; }

    /// The inverse of `at`; at the ends exact, and the nearer end for levels beyond them.
    CDL_HD value_type time_of(const log_snr<value_type>& a) const {
        const value_type t = base_.time_of(log_snr<value_type>{value_type(a.value - shift_)});
        return detail::time_between(t, a, first_, last_);
    }

    /// d a / d t, that of the base.
    CDL_HD value_type slope(const value_type& t) const { return base_.slope(t); }

private:
    Base base_;
    value_type shift_;
    log_snr<value_type> first_{value_type(0)}, last_{value_type(0)};
};

/// The schedule for images of side `resolution` that does to them what `base` does to images of side `base_resolution`:
/// averages over blocks of pixels have the same log-SNR after a shift of 2 log(base_resolution / resolution)
/// [Hoogeboom et al. 2023, sec. 3.1]. Both positive and finite, else std::invalid_argument.
template <noise_schedule Base>
shifted<Base> for_resolution(const Base& base, const typename Base::value_type& resolution,
                             const typename Base::value_type& base_resolution) {
    using T = typename Base::value_type;
    using std::log;
    constexpr auto where = "cdl::schedule::for_resolution";
    require(T(0) < resolution && T(resolution - resolution) == T(0), where, "resolution", "must be finite and positive",
            resolution);
    require(T(0) < base_resolution && T(base_resolution - base_resolution) == T(0), where, "base_resolution",
            "must be finite and positive", base_resolution);
    return {base, T(T(2) * T(log(T(base_resolution / resolution))))};
}

} // namespace cdl::schedule
