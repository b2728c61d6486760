// The levels of a schedule that is gone at the end of the line are refused.
// expect: would outlive its owner
#include <cdl/schedule/discrete_levels.hpp>

auto dangling() {
    return cdl::schedule::discrete_levels<double>::ddpm_linear(1000).levels();
}
