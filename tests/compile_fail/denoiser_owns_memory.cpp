// A denoiser that owns memory hands out a view of it; docs/concepts.md shows how.
// expect: cdl: a denoiser of points must be trivially copyable
// lines: 15
#include <cdl/cdl.hpp>

struct table {
    std::vector<double> factors;
    template <class Z, class S, class E>
    void operator()(const Z& z, cdl::log_snr<S>, E&& eps_hat) const {
        eps_hat[0] = S(S(factors[0]) * z[0]);
    }
};

auto asked(const std::vector<double>& x) {
    return cdl::density::nll(cdl::exec::serial{}, table{}, x, cdl::density::quadrature{});
}
