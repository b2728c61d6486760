// So are those that a function returns, constant or not.
// expect: the view would outlive the temporary: give the levels a name
#include <cdl/schedule/level_view.hpp>

#include <array>

const std::array<cdl::log_snr<float>, 2> two_levels();

auto dangling() {
    return cdl::level_view<float>(two_levels())[0];
}
