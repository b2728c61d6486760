// A denoiser of points is copied into loops and constant there.
// expect: cdl: operator\(\) of a denoiser of points must be const
// lines: 15
#include <cdl/cdl.hpp>

struct counting {
    int calls = 0;
    template <class Z, class S, class E>
    void operator()(const Z& z, cdl::log_snr<S> a, E&& eps_hat) {
        ++calls;
        eps_hat[0] = S(noise_scale(a) * z[0]);
    }
};

auto asked(const std::vector<double>& x) {
    return cdl::density::nll(cdl::exec::serial{}, counting{}, x, cdl::density::quadrature{});
}
