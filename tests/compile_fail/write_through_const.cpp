// A batch of constants is not an output.
// expect: does not satisfy .writable_batch|constraints not satisfied
#include <cdl/channel/noising.hpp>
#include <cdl/exec/serial.hpp>

#include <vector>

void write(const std::vector<double>& eps) {
    cdl::channel::draw_noise(cdl::exec::serial{}, cdl::random::noise_stream{}, 0, eps);
}
