// A policy that is known by name and no more says which header it is in.
// expect: cdl: #include <cdl/exec/simd.hpp>
// lines: 15
#include <cdl/cdl.hpp>

auto asked(const cdl::distribution::gaussian_mixture<double, 1>& data, const std::vector<double>& x) {
    return cdl::density::nll(cdl::exec::simd{}, cdl::denoiser::optimal(data), x, cdl::density::quadrature{});
}
