// What cannot be copied is shared, not held.
// expect: cdl: a denoiser that cannot be copied goes into std::ref
#include <cdl/denoiser/any_batch_denoiser.hpp>

struct owns {
    std::unique_ptr<double> weight;
    void operator()(cdl::batch_view<const double>, cdl::level_view<double>, cdl::batch_view<double>) const {}
};
cdl::denoiser::any_batch_denoiser<double> make() {
    return owns{};
}
