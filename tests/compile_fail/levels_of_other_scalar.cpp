// A grid of double for points of float.
// expect: cdl: the levels of a grid must be of the scalar of the points
// lines: 15
#include <cdl/cdl.hpp>

void sampled(const cdl::distribution::gaussian_mixture<float, 1>& data, std::vector<float>& z) {
    const auto grid = cdl::schedule::uniform_in_log_snr(cdl::log_snr{-6.0}, cdl::log_snr{6.0}, 10);
    cdl::sampler::run(cdl::exec::serial{}, cdl::sampler::ddim{}, cdl::denoiser::optimal(data), grid, z);
}
