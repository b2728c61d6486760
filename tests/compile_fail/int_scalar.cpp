// Whole numbers are not scalars: half of a level would be lost without a word.
// expect: does not satisfy .scalar|constraints not satisfied
#include <cdl/schedule/log_snr.hpp>

auto half() {
    return signal_scale(cdl::log_snr<int>{1});
}
