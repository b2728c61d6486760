// Constants cannot be assigned through their view.
// expect: assignment of read-only|which returns const-qualified type
#include <cdl/view/batch_view.hpp>

void write(cdl::batch_view<const double> batch) {
    batch(0, 0) = 1.0;
}
