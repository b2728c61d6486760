// Memory of a device is not reached by a policy of the host: the channel.
// expect: cdl: the batch and the policy live in different memory
#include <cdl/channel/noising.hpp>
#include <cdl/exec/serial.hpp>

void noise(cdl::batch_view<double, 1> x, cdl::batch_view<double, 1, cdl::point_major, cdl::device> z) {
    cdl::channel::add_noise(cdl::exec::serial{}, x, cdl::log_snr<double>{0}, x, z);
}
