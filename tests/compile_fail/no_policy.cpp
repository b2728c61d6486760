// Where it runs comes first.
// expect: cdl: the first argument must be an execution policy
// lines: 15
#include <cdl/cdl.hpp>

auto asked(const cdl::distribution::gaussian_mixture<double, 1>& data, const std::vector<double>& x) {
    return cdl::density::nll(cdl::denoiser::optimal(data), x, cdl::log_snr{1.0}, cdl::density::quadrature{});
}
