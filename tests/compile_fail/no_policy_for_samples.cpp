// Where it runs comes first.
// expect: cdl: the first argument must be an execution policy
// lines: 15
#include <cdl/cdl.hpp>

auto compared(const std::vector<double>& x, const std::vector<double>& y) {
    return cdl::metric::mmd(cdl::metric::gaussian<double>::with_standard_deviation(1), x, y);
}
