// A function of a time is no denoiser of any kind.
// expect: cdl: must be a batch denoiser for this policy and scalar, a point denoiser for this scalar, or callable with
#include <cdl/denoiser/any_batch_denoiser.hpp>

cdl::denoiser::any_batch_denoiser<double> make() {
    return [](double z, double time) { return z * time; };
}
