// A network that is not told the levels is no network.
// expect: cdl: must be callable with \(policy, input, told, output\)
#include <cdl/denoiser/from_network.hpp>
#include <cdl/exec/serial.hpp>

void denoise(const std::vector<double>& z, std::vector<double>& eps_hat) {
    const auto network = [](const cdl::exec::serial&, cdl::batch_view<const double>, cdl::batch_view<double>) {};
    cdl::denoiser::from_network f(cdl::exec::serial{}, cdl::denoiser::parametrisation<double>{}, network);
    f(cdl::exec::serial{}, z, cdl::log_snr{0.0}, eps_hat);
}
