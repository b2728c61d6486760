// The answer is written where the caller says.
// expect: cdl: a denoiser writes its answer into a third argument
// lines: 15
#include <cdl/cdl.hpp>

struct returning {
    template <class Z, class S>
    S operator()(const Z& z, cdl::log_snr<S> a) const {
        return S(noise_scale(a) * z[0]);
    }
};

auto asked(const std::vector<double>& x) {
    return cdl::density::log_density_ratio(cdl::exec::serial{}, returning{}, x, cdl::log_snr{1.0},
                                           cdl::density::quadrature{});
}
