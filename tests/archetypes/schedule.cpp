// SPDX-License-Identifier: MIT
// The least that a schedule must offer is enough, and without any one of it the type is refused.

#include "laws/schedule.hpp"

#include <cdl/schedule/linear_log_snr.hpp>

#include <doctest/doctest.h>

namespace {
using cdl::log_snr;

struct with_at {
    log_snr<double> at(double t) const { return {1 - 2 * t}; }
};
struct with_time_of {
    double time_of(log_snr<double> a) const { return (1 - a.value) / 2; }
};
struct with_slope {
    double slope(double) const { return -2; }
};
struct in_double {
    using value_type = double;
};

struct minimal : with_at, with_time_of, with_slope, in_double {};
static_assert(cdl::schedule::noise_schedule<minimal>);
static_assert(cdl::schedule::noise_schedule<cdl::schedule::linear_log_snr<float>>);

struct without_at : with_time_of, with_slope, in_double {};
struct without_time_of : with_at, with_slope, in_double {};
struct without_slope : with_at, with_time_of, in_double {};
struct without_value_type : with_at, with_time_of, with_slope {};
static_assert(!cdl::schedule::noise_schedule<without_at>);
static_assert(!cdl::schedule::noise_schedule<without_time_of>);
static_assert(!cdl::schedule::noise_schedule<without_slope>);
static_assert(!cdl::schedule::noise_schedule<without_value_type>);

struct bare_number { // a level is a log_snr, never a bare number
    double at(double t) const { return 1 - 2 * t; }
};
struct without_levels : bare_number, with_time_of, with_slope, in_double {};
static_assert(!cdl::schedule::noise_schedule<without_levels>);
} // namespace

TEST_CASE("A schedule of one's own that models the concept can be held to the laws") {
    cdl::laws::schedule_laws(minimal{});
}
