// Levels in a vector that is gone at the end of the line are refused, as points are.
// expect: the view would outlive the temporary: give the levels a name
#include <cdl/schedule/level_view.hpp>

#include <vector>

cdl::level_view<double> dangling() {
    return std::vector<cdl::log_snr<double>>{{1}, {2}};
}
