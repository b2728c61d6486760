// How an integral is taken is one of two rules, and no number of nodes.
// lines: 15
// expect: cdl: a rule is density::quadrature
#include <cdl/denoiser/optimal.hpp>
#include <cdl/density/nll.hpp>
#include <cdl/exec/serial.hpp>

auto with_nodes(const cdl::distribution::gaussian_mixture<double, 1>& data, const std::vector<double>& x) {
    return cdl::density::nll(cdl::exec::serial{}, cdl::denoiser::optimal(data), x, 64);
}
