// Points in std::array and std::vector, whose subscripts are unsigned, go everywhere without a conversion of signs.
// flags: -Wconversion -Wsign-conversion -Werror
// expect: success
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <Eigen/Dense>
#pragma GCC diagnostic pop

#include <cdl/cdl.hpp>

namespace {

template <class F, class Z>
double all_of(const F& f, const Z& z, cdl::log_snr<double> a) {
    Z eps_hat = z;
    f(z, a, eps_hat);
    f.posterior_mean(z, a, eps_hat);
    return f.log_density(z, a) + f.posterior_variance(z, a) + f.divergence(z, a);
}

} // namespace

double with_unsigned_subscripts() {
    using namespace cdl;
    const distribution::gaussian_mixture<double, 2> mixture({1}, {0, 0}, {1, 0, 0, 1});
    const std::vector<std::array<double, 2>> points{{0, 1}, {1, 0}};
    const distribution::empirical cloud(points, distribution::kernel_width{0.1});
    const denoiser::optimal f(mixture);
    const denoiser::empirical g(cloud);
    std::array<double, 2> z{0, 1};
    const std::vector<double> y{0, 1};
    const log_snr a{1.0};
    const classifier::noise_classes classes(exec::serial{}, schedule::discrete_levels<double>::uniform_noise(3));
    const classifier::exact k(f, classes);
    std::array<double, 4> log_posterior;
    k.log_posterior(z, log_posterior);
    denoiser::clipped(f, -1.0, 1.0)(y, a, z);
    return mixture.score(z, a, z) + mixture.log_responsibility(0, z, a) + cloud.log_density(y, a) + all_of(f, z, a) +
           all_of(g, y, a) + log_posterior[0];
}
