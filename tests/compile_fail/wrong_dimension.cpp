// Points of the plane are not points of space.
// expect: could not convert|no viable conversion|no matching
#include <cdl/view/batch_view.hpp>

cdl::batch_view<double, 3> as_space(cdl::batch_view<double, 2> plane) {
    return plane;
}
