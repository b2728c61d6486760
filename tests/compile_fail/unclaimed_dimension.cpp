// A dimension known only at run time must be claimed, by name, so that it is checked.
// expect: could not convert|no viable conversion|no matching
#include <cdl/view/batch_view.hpp>

cdl::batch_view<double, 3> as_space(cdl::batch_view<double> unknown) {
    return unknown;
}
