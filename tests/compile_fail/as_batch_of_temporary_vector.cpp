// A view of a vector that is gone at the end of the line is refused.
// expect: the view would outlive the temporary: give the container a name
#include <cdl/view/as_batch.hpp>

#include <vector>

auto dangling() {
    return cdl::as_batch(std::vector<double>{1, 2, 3});
}
