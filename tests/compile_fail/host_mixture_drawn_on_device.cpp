// A mixture on the host does not draw on a device.
// expect: cdl: on a device, draw from mixture\.on\(policy\)
#include <cdl/distribution/gaussian_mixture.hpp>

#include "device_policy.hpp"

void draw(const cdl::distribution::gaussian_mixture<double, 2>& mixture, device_batch<double> x) {
    mixture.draw(device_policy{}, {1, cdl::random::purpose::user}, 0, x);
}
