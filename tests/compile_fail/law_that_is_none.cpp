// A law of levels is not a grid of them.
// expect: cdl: `law` must be a law of levels
// lines: 15
#include <cdl/cdl.hpp>

auto prepared(const std::vector<double>& x) {
    const cdl::objective::denoising loss{std::vector<double>{-1, 0, 1}, cdl::objective::simple()};
    return cdl::objective::prepare(cdl::exec::serial{}, loss, x);
}
