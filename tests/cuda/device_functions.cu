// SPDX-License-Identifier: MIT
// Compiles the functions of a point for a device. Compiling is the test: every function that a kernel of one's own may
// call is called here, in float and in double. It needs no device.
//   nvcc -std=c++20 --expt-relaxed-constexpr -arch=sm_80 -c device_functions.cu

#include <cdl/channel/composition.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/channel/posterior.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/denoiser/prediction.hpp>
#include <cdl/random/normal.hpp>
#include <cdl/schedule/level_sampling.hpp>
#include <cdl/schedule/level_view.hpp>
#include <cdl/schedule/linear_log_snr.hpp>

namespace kernels {

using cdl::index_t;
using cdl::log_snr;

__device__ index_t thread_index() {
    return static_cast<index_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

/// All functions of one or two levels.
template <class T>
__global__ void levels(const T* a_values, const T* zeta_values, T* out, index_t n) {
    const index_t i = thread_index();
    if (i >= n) return;
    const log_snr<T> a{a_values[i]}, zeta{zeta_values[i]};
    const log_snr<T> both = compose(a, zeta), cleaner = a < zeta ? zeta : a;
    const auto share = share_of_noise(a, zeta);
    const auto to = cdl::channel::transition(cleaner, both);
    const auto back = cdl::channel::posterior(cleaner, both);
    const auto from_noise = cdl::channel::posterior_from_noise(cleaner, both);
    out[i] = signal_scale(a) + noise_scale(a) + signal_power(a) + noise_power(a) + both.value +
             composition_gap(a, zeta) + share.b + share.rotation + share.one_minus_b + composed_noise_power(a, zeta) +
             to.from_z + to.variance + back.from_z + back.from_other + back.variance + from_noise.from_z +
             from_noise.from_other + cdl::channel::snr_difference(cleaner, both) +
             cdl::channel::snr_ratio_minus_one(cleaner, both) + cdl::channel::new_noise_share(cleaner, both) +
             to_edm_sigma(a) + cdl::from_edm_sigma(T(0.5)).value + cdl::from_alpha_bar(signal_power(a)).value +
             cdl::from_one_minus_alpha_bar(noise_power(a)).value + to_vdm_gamma(a) + cdl::math::softplus(a.value) +
             cdl::math::log_sigmoid(a.value) + cdl::clean<T>().value;
}

/// A schedule, levels drawn from the logistic law, and the channel with noise that has addresses.
template <class T>
__global__ void noising(cdl::schedule::linear_log_snr<T> schedule, cdl::schedule::logistic_levels law,
                        cdl::random::noise_stream stream, cdl::batch_view<const T, 2> x, cdl::batch_view<T, 2> z) {
    const index_t i = thread_index();
    if (i >= x.size()) return;
    const T u = static_cast<T>(cdl::random::uniform(stream.for_purpose(cdl::random::purpose::level), 0, i));
    const log_snr<T> a = i % 2 == 0 ? schedule.at(u) : law.at(u, T(1));
    for (index_t j = 0; j < 2; ++j) {
        const auto eps = static_cast<T>(cdl::random::normal(stream, 0, i, j));
        z(i, j) = cdl::channel::noisy(x(i, j), eps, a) * law.inverse_density(u, T(1)) * schedule.slope(u) *
                  schedule.time_of(a);
    }
}

/// The optimal denoiser of a mixture whose parameters lie on the device, its density, and the other predictions.
template <class T, cdl::distribution::covariance C>
__global__ void denoise(cdl::distribution::mixture_view<T, 2, C> mixture, cdl::level_view<T> levels,
                        cdl::batch_view<const T, 2> z, cdl::batch_view<T, 2> eps_hat, T* log_density) {
    const index_t i = thread_index();
    if (i >= z.size()) return;
    const log_snr<T> a = levels[i];
    const cdl::distribution::detail::components_at<T, T, 2, C> noised(mixture, a);
    auto out = eps_hat[i];
    log_density[i] = cdl::distribution::detail::mean_pull(noised, z[i], noise_scale(a), out) -
                     cdl::distribution::detail::log_density<T>(noised, z[i]);
    cdl::local_point<T, 2> x_hat(2);
    cdl::distribution::detail::posterior_mean(mixture, a, z[i], x_hat);
    for (index_t j = 0; j < 2; ++j)
        out[j] += cdl::denoiser::eps_from_x(z(i, j), x_hat[j], a) - cdl::denoiser::x_from_eps(z(i, j), out[j], a);
}

/// The denoiser itself, by value: it views memory of the device.
template <class F, class T>
__global__ void denoise_by(F denoiser, log_snr<T> a, cdl::batch_view<const T, 2> z, cdl::batch_view<T, 2> eps_hat) {
    const index_t i = thread_index();
    if (i < z.size()) denoiser(z[i], a, eps_hat[i]);
}

using cdl::distribution::covariance;
template <class T>
using optimal = cdl::denoiser::optimal<T, 2, covariance::full>;

#define CDL_FOR_DEVICE(T)                                                                                              \
    template __global__ void levels<T>(const T*, const T*, T*, index_t);                                               \
    template __global__ void noising<T>(cdl::schedule::linear_log_snr<T>, cdl::schedule::logistic_levels,              \
                                        cdl::random::noise_stream, cdl::batch_view<const T, 2>,                        \
                                        cdl::batch_view<T, 2>);                                                        \
    template __global__ void denoise<T, covariance::isotropic>(                                                        \
        cdl::distribution::mixture_view<T, 2, covariance::isotropic>, cdl::level_view<T>, cdl::batch_view<const T, 2>, \
        cdl::batch_view<T, 2>, T*);                                                                                    \
    template __global__ void denoise<T, covariance::diagonal>(                                                         \
        cdl::distribution::mixture_view<T, 2, covariance::diagonal>, cdl::level_view<T>, cdl::batch_view<const T, 2>,  \
        cdl::batch_view<T, 2>, T*);                                                                                    \
    template __global__ void denoise<T, covariance::full>(cdl::distribution::mixture_view<T, 2, covariance::full>,     \
                                                          cdl::level_view<T>, cdl::batch_view<const T, 2>,             \
                                                          cdl::batch_view<T, 2>, T*);                                  \
    template __global__ void denoise_by<optimal<T>, T>(optimal<T>, log_snr<T>, cdl::batch_view<const T, 2>,            \
                                                       cdl::batch_view<T, 2>);

CDL_FOR_DEVICE(float)
CDL_FOR_DEVICE(double)

} // namespace kernels
