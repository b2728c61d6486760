// A loss is asked for what it needs; a function of two numbers is none.
// expect: cdl: a loss is objective::denoising, contrastive
// lines: 15
#include <cdl/cdl.hpp>

auto prepared(const std::vector<double>& x) {
    return cdl::objective::prepare(cdl::exec::serial{}, [](double a, double b) { return (a - b) * (a - b); }, x);
}
