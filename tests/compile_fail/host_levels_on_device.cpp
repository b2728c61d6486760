// Levels in memory of the host are not reached by a policy of a device.
// expect: (could not convert|no matching function|no known conversion|cannot convert)
#include <cdl/channel/noising.hpp>

#include "device_policy.hpp"

#include <vector>

void noise(device_batch<double> x, const std::vector<cdl::log_snr<double>>& levels, device_batch<double> z) {
    cdl::channel::add_noise(device_policy{}, x, levels, x, z);
}
