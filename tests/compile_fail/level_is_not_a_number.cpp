// A bare number is not a level: alpha means three things in three papers.
// expect: no matching function for call to [^a-z]*signal_scale
#include <cdl/schedule/log_snr.hpp>

double scale() {
    return cdl::signal_scale(1.0);
}
