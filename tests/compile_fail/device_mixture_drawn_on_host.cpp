// A mixture on a device does not draw on the host.
// expect: cdl: the mixture and the policy live in different memory
#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/exec/serial.hpp>

#include "device_policy.hpp"

#include <array>
#include <vector>

void draw(const cdl::distribution::gaussian_mixture<double, 2>& mixture, std::vector<std::array<double, 2>>& x) {
    const auto there = mixture.on(device_policy{});
    there.draw(cdl::exec::serial{}, {1, cdl::random::purpose::user}, 0, x);
}
