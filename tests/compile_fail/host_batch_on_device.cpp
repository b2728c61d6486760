// Memory of the host is not reached by a policy of a device.
// expect: cdl: the batch and the policy live in different memory
#include <cdl/channel/noising.hpp>

#include "device_policy.hpp"

#include <vector>

void draw(std::vector<double>& eps) {
    cdl::channel::draw_noise(device_policy{}, {1, cdl::random::purpose::user}, 0, eps);
}
