// A view of a device does not become a view of the host.
// expect: could not convert|no viable conversion|no matching
#include <cdl/view/batch_view.hpp>

cdl::batch_view<double> as_host(cdl::batch_view<double, cdl::dynamic, cdl::point_major, cdl::device> batch) {
    return batch;
}
