// Picard sums up steps that are functions of two levels; the replacement of coordinates after a step is none.
// expect: cdl: picard sums up the steps of methods that ask the denoiser once, as ddim and ancestral do
#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/known_coordinates.hpp>
#include <cdl/sampler/picard.hpp>

void in_parallel(const cdl::distribution::gaussian_mixture<double, 2>& data, std::vector<double>& known,
                 const std::vector<cdl::log_snr<double>>& grid, std::vector<double>& numbers) {
    const cdl::random::noise_stream noise{1}, other{2};
    const cdl::sampler::known_coordinates method{cdl::sampler::ddim{}, cdl::as_batch(known, 2), other};
    auto z = cdl::as_batch(numbers, 2);
    cdl::sampler::picard(cdl::exec::serial{}, method, cdl::denoiser::optimal(data), grid, z, noise);
}
