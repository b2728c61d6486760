// A schedule knows its derivative.
// expect: cdl: a schedule has a value_type T and
// lines: 15
#include <cdl/cdl.hpp>

struct straight {
    using value_type = double;
    cdl::log_snr<double> at(double t) const { return {10 - 20 * t}; }
    double time_of(cdl::log_snr<double> a) const { return (10 - a.value) / 20; }
};

auto levels() {
    return cdl::schedule::uniform_in_time(straight{}, 10);
}
