// A kernel is a function, not a bandwidth.
// expect: cdl: a kernel is trivially copyable and a constant function
// lines: 15
#include <cdl/cdl.hpp>

auto compared(const std::vector<double>& x, const std::vector<double>& y) {
    return cdl::metric::mmd(cdl::exec::serial{}, 0.5, x, y);
}
