// Memory of a device is not read by a body on the host.
// expect: no matching function for call to [^a-z]*load
#include <cdl/view/batch_view.hpp>

double read(cdl::batch_view<double, 1, cdl::point_major, cdl::device> batch) {
    return cdl::load(batch, cdl::lanes<double>{0, 1}, 0);
}
