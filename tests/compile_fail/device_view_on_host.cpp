// Memory of a device is not reached by a policy of the host.
// expect: cdl: the batch and the policy live in different memory
#include <cdl/channel/noising.hpp>
#include <cdl/exec/serial.hpp>

void draw(cdl::batch_view<double, 1, cdl::point_major, cdl::device> batch) {
    cdl::channel::draw_noise(cdl::exec::serial{}, {1, cdl::random::purpose::user}, 0, batch);
}
