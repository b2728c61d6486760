// The level comes second, and is a level.
// expect: cdl: a denoiser is f\(z, level, eps_hat\) for one point, or
// lines: 15
#include <cdl/cdl.hpp>

struct level_first {
    void operator()(double level, const double* z, double* eps_hat) const { eps_hat[0] = level * z[0]; }
};

void sampled(std::vector<double>& z) {
    const auto grid = cdl::schedule::uniform_in_log_snr(cdl::log_snr{-6.0}, cdl::log_snr{6.0}, 10);
    cdl::sampler::run(cdl::exec::serial{}, cdl::sampler::ddim{}, level_first{}, grid, z);
}
