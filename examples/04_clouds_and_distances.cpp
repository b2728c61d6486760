// SPDX-License-Identifier: MIT

// Example 4: a data set as a distribution, and the distance between two samples. It builds on examples 2 and 3.
//
// The problem. Of real data only points are known. They, too, have an exact denoiser: that of the cloud itself, which is
// what a network trained without end would learn. And whoever generates points must say how far they are from the
// data: the papers use the maximum mean discrepancy, usually without its error and with a bandwidth that may be a
// standard deviation or a variance.
//
// Symbols. x_1, ..., x_n the data, h the standard deviation of a Gaussian kernel on each point (0: the points alone).
//
// Equations. With S = signal_scale(a), N = noise_scale(a), v = S^2 h^2 + N^2  [CDL eq. 1]:
//     eps_hat = N/v sum_i r_i (z - S x_i),   r_i = softmax_i(-|z - S x_i|^2 / 2v).
// With k a kernel and X, X' and Y, Y' independent points of the two distributions  [Gretton et al. 2012; CDL B.1]:
//     MMD^2 = E k(X, X') + E k(Y, Y') - 2 E k(X, Y).
//
// Where to read on: include/cdl/distribution/cloud_view.hpp, include/cdl/metric/mmd.hpp.

#include <cdl/cdl.hpp>

#include <cstdio>
#include <vector>

int main() {
    using namespace cdl;
    constexpr exec::serial policy{};

    // The truth: eight Gaussians on a circle. A sample of it is all that the rest of this program sees.
    constexpr int modes = 8, n = 600;
    std::vector<double> means;
    for (int k = 0; k < modes; ++k) {
        means.push_back(2 * std::cos(2 * std::numbers::pi * k / modes));
        means.push_back(2 * std::sin(2 * std::numbers::pi * k / modes));
    }
    const distribution::gaussian_mixture<double, 2, distribution::covariance::isotropic> truth(
        std::vector<double>(modes, 1.0), means, std::vector<double>(modes, 0.04));
    std::vector<std::array<double, 2>> x(n), more(n), copies(n), blurred(n), noise(n);
    truth.draw(policy, {.seed = 21}, 0, x);
    truth.draw(policy, {.seed = 2}, 0, more);

    // 1. The cloud as a distribution. The kernel's width has a type of its own: it is no variance.
    const distribution::empirical data(x, distribution::kernel_width{0.1});
    const denoiser::empirical eps_hat(data);
    const std::array z{0.5, 1.5};
    std::array<double, 2> of_cloud, of_truth;
    std::puts("1. eps_hat(z, a) at z = (0.5, 1.5): of 600 points, and of the mixture they were drawn from");
    for (const log_snr a : {log_snr{-4.0}, log_snr{0.0}, log_snr{2.0}}) {
        eps_hat(z, a, of_cloud);
        denoiser::optimal best(truth);
        best(z, a, of_truth);
        std::printf("a = %4.1f   %9.6f %9.6f   %9.6f %9.6f\n", a.value, of_cloud[0], of_cloud[1], of_truth[0],
                    of_truth[1]);
    }

    // 2. Its few nearest points decide, unless there is much noise. What is neglected is bounded.
    const auto nearest = denoiser::top_k(eps_hat, 16);
    std::puts("\n2. The 16 nearest points alone: a bound on the posterior mass of all others");
    for (const log_snr a : {log_snr{0.0}, log_snr{6.0}, log_snr{9.0}})
        std::printf("a = %4.1f   neglected mass <= %8.2e\n", a.value, nearest(z, a, of_cloud));

    // 3. Three candidates for "points like the data": the points of the cloud drawn again, a new sample of the truth, and
    //    the data in noise at level a = 3. Bandwidths are standard deviations or variances by name.
    data.draw(policy, {.seed = 3}, 0, copies);
    channel::draw_noise(policy, {.seed = 4, .use = random::purpose::channel}, 0, noise);
    channel::add_noise(policy, x, log_snr{3.0}, noise, blurred);
    const auto kernel = metric::gaussian<double>::with_standard_deviation(0.25);
    std::puts(
        "\n3. MMD^2 from another 600 points of the truth, with its standard error, the p-value of a permutation test,");
    std::puts("   and the squared Frechet distance, which sees only means and covariances");
    const auto judge = [&](const char* name, const auto& candidate) {
        const auto mmd = metric::mmd(policy, kernel, candidate, more);
        const auto test = metric::permutation_test(policy, kernel, candidate, more, 199, 5);
        std::printf("%-18s %9.6f +- %8.6f   p = %5.3f   %9.6f\n", name, mmd.unbiased, mmd.standard_error, test.p_value,
                    metric::frechet(policy, candidate, more));
    };
    judge("drawn from cloud", copies);
    judge("drawn from truth", x);
    judge("in noise, a = 3", blurred);

    // 4. The bandwidth decides what MMD sees. The median distance is a common choice; the bandwidth of the largest MMD is
    //    that of CDL's appendix B.1. Here it is near the size of the modes, the median is that of the whole circle.
    const double median = metric::median_distance(policy, blurred, more);
    std::vector<double> candidates;
    for (double s = 0.02; s < 8; s *= 1.5) candidates.push_back(s);
    const auto peak = metric::maximising_bandwidth(policy, blurred, more, std::span<const double>(candidates));
    const auto at_median =
        metric::mmd(policy, metric::gaussian<double>::with_standard_deviation(median), blurred, more);
    std::puts("\n4. The data in noise: two bandwidths");
    std::printf("median distance %6.3f   MMD^2 = %9.6f +- %8.6f\n", median, at_median.unbiased,
                at_median.standard_error);
    std::printf("largest MMD     %6.3f   MMD^2 = %9.6f +- %8.6f\n", peak.bandwidth, peak.mmd.unbiased,
                peak.mmd.standard_error);
}
