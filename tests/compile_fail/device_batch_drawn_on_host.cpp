// Memory of a device is not reached by a policy of the host: samples of a mixture.
// expect: cdl: the batch and the policy live in different memory
#include <cdl/distribution/gaussian_mixture.hpp>
#include <cdl/exec/serial.hpp>

#include "device_policy.hpp"

void draw(const cdl::distribution::gaussian_mixture<double, 2>& mixture, device_batch<double> x) {
    mixture.draw(cdl::exec::serial{}, {1, cdl::random::purpose::user}, 0, x);
}
