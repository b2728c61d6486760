// A method is not a name, nor a number of steps.
// expect: cdl: a method is ddim\{\}, ancestral\{\}
// lines: 15
#include <cdl/cdl.hpp>

void sampled(const cdl::distribution::gaussian_mixture<double, 1>& data, std::vector<double>& z) {
    const auto grid = cdl::schedule::uniform_in_log_snr(cdl::log_snr{-6.0}, cdl::log_snr{6.0}, 10);
    cdl::sampler::run(cdl::exec::serial{}, "ddim", cdl::denoiser::optimal(data), grid, z);
}
