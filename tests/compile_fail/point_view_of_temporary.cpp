// A view of a local point without a name is refused.
// expect: the view would outlive the temporary: give the point a name
#include <cdl/view/point.hpp>

cdl::point_view<const double> dangling() {
    return cdl::local_point<double, 2>(2);
}
