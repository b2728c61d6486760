// SPDX-License-Identifier: MIT
// What the heavy passes cost on a CUDA device, beside the limit of its special-function and fp32 units. One JSON object a
// line: work, seconds (median of 15 runs by CUDA events), pairs or numbers a second, share of the limit.

#include <cdl/adapter/thrust_vector.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/denoiser/empirical.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/thrust.hpp>
#include <cdl/metric/mmd.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace {

using namespace cdl;

struct stream {
    cudaStream_t handle;
    stream() { exec::require_success(cudaStreamCreate(&handle), "cudaStreamCreate"); }
    ~stream() { cudaStreamDestroy(handle); }
};

/// The median of 15 runs after two, in seconds.
template <class Run>
double seconds(cudaStream_t on, const Run& run) {
    cudaEvent_t start, stop;
    exec::require_success(cudaEventCreate(&start), "cudaEventCreate");
    exec::require_success(cudaEventCreate(&stop), "cudaEventCreate");
    std::vector<float> times;
    for (int repeat = 0; repeat < 17; ++repeat) {
        exec::require_success(cudaEventRecord(start, on), "cudaEventRecord");
        run();
        exec::require_success(cudaEventRecord(stop, on), "cudaEventRecord");
        exec::require_success(cudaEventSynchronize(stop), "cudaEventSynchronize");
        float milliseconds = 0;
        exec::require_success(cudaEventElapsedTime(&milliseconds, start, stop), "cudaEventElapsedTime");
        if (repeat >= 2) times.push_back(milliseconds);
    }
    cudaEventDestroy(start);
    cudaEventDestroy(stop);
    std::nth_element(times.begin(), times.begin() + 7, times.end());
    return times[7] / 1e3;
}

/// Rates of the device in numbers a second: 16 special functions and 128 fused multiply-adds a clock and multiprocessor.
struct limits {
    double special, fp32;

    limits() {
        int processors = 0, kilohertz = 0;
        exec::require_success(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0), "attributes");
        exec::require_success(cudaDeviceGetAttribute(&kilohertz, cudaDevAttrClockRate, 0), "attributes");
        special = 16e3 * processors * kilohertz;
        fp32 = 128e3 * processors * kilohertz;
    }
    /// The least time for n pairs that each take one exponential and `operations` on the fp32 units.
    double seconds(double n, double operations) const { return std::max(n / special, n * operations / fp32); }
};

void print(const char* work, double count, double time, double least) {
    std::printf("{\"work\": \"%s\", \"seconds\": %.3e, \"per_second\": %.3e, \"share_of_limit\": %.2f}\n", work, time,
                count / time, least / time);
}

/// K isotropic components in 2-D, one level for all points.
template <class P>
void mixture(const P& policy, const limits& limit, index_t n, index_t components) {
    std::vector<float> weights, means, variances;
    for (index_t k = 0; k < components; ++k) {
        weights.push_back(1 + static_cast<float>(k % 3));
        means.push_back(static_cast<float>(k % 8) - 3.5f);
        means.push_back(static_cast<float>(k / 8) - 3.5f);
        variances.push_back(0.0625f + static_cast<float>(k % 5) / 64);
    }
    const distribution::gaussian_mixture<float, 2, distribution::covariance::isotropic> data(weights, means, variances);
    const auto there = data.on(policy);
    const denoiser::optimal best(there);
    const auto z_numbers = policy.template allocate<float>(2 * n), out_numbers = policy.template allocate<float>(2 * n);
    const batch_view<float, 2, point_major, device> z(z_numbers.data(), n), eps_hat(out_numbers.data(), n);
    there.draw(policy, {1, random::purpose::user}, 0, z);
    const double time = seconds(policy.stream(), [&] { best(policy, z, log_snr{1.f}, eps_hat); });
    // 2 differences, 2 for the distance, 2 for the exponent, 1 sum, 1 maximum, 3 for the pull
    const double pairs = static_cast<double>(n) * static_cast<double>(components);
    print("mixture denoiser, pairs", pairs, time, limit.seconds(pairs, 11));
}

/// n data points against m queries in d dimensions: directly for small d, through products for large.
template <class P>
void empirical(const P& policy, const limits& limit, index_t m, index_t n, index_t d, const char* work) {
    std::vector<float> numbers;
    for (index_t i = 0; i < n * d; ++i) numbers.push_back(static_cast<float>(random::normal({7}, 0, i)));
    const distribution::empirical<float> data(std::move(numbers), d, distribution::kernel_width{0.1f});
    const auto there = data.on(policy);
    const denoiser::empirical exact(there);
    const auto z_numbers = policy.template allocate<float>(m * d), out_numbers = policy.template allocate<float>(m * d);
    const batch_view<float, dynamic, point_major, device> z(z_numbers.data(), m, d), eps_hat(out_numbers.data(), m, d);
    there.draw(policy, {1, random::purpose::user}, 0, z);
    const double time = seconds(policy.stream(), [&] { exact(policy, z, log_snr{-1.f}, eps_hat); });
    const double pairs = static_cast<double>(m) * static_cast<double>(n);
    print(work, pairs, time,
          limit.seconds(pairs, d <= 4 ? 3 * static_cast<double>(d) + 5 : 2 * static_cast<double>(d)));
}

/// Two samples of n points.
template <class P>
void mmd(const P& policy, const limits& limit, index_t n, index_t d, const char* work) {
    const auto x_numbers = policy.template allocate<float>(n * d), y_numbers = policy.template allocate<float>(n * d);
    const batch_view<float, dynamic, point_major, device> x(x_numbers.data(), n, d), y(y_numbers.data(), n, d);
    channel::draw_noise(policy, {1, random::purpose::user}, 0, x);
    channel::draw_noise(policy, {2, random::purpose::user}, 0, y);
    const auto kernel = metric::gaussian<float>::with_standard_deviation(1.f);
    const double time = seconds(policy.stream(), [&] { metric::mmd(policy, kernel, x, y); });
    const double pairs = 4 * static_cast<double>(n) * static_cast<double>(n);
    print(work, pairs, time, limit.seconds(pairs, 2 * static_cast<double>(d) + 4));
}

template <class P>
void normals(const P& policy, index_t n) {
    const auto numbers = policy.template allocate<float>(2 * n);
    const batch_view<float, 2, point_major, device> eps(numbers.data(), n);
    const double time =
        seconds(policy.stream(), [&] { channel::draw_noise(policy, {1, random::purpose::channel}, 0, eps); });
    print("normal numbers", 2.0 * static_cast<double>(n), time, 0);
}

} // namespace

int main() {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
        std::puts("skipped: there is no CUDA device here");
        return 77;
    }
    cudaDeviceProp properties;
    exec::require_success(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
    std::printf("{\"device\": \"%s\"}\n", properties.name);
    const stream own;
    const exec::thrust policy{::thrust::cuda::par_nosync.on(own.handle)};
    const limits limit;
    mixture(policy, limit, index_t{1} << 20, 64);
    mixture(policy, limit, index_t{1} << 24, 64);
    empirical(policy, limit, 100'000, 10'000, 2, "empirical denoiser, d = 2, pairs");
    empirical(policy, limit, 100'000, 10'000, 784, "empirical denoiser, d = 784, pairs");
    mmd(policy, limit, 20'000, 2, "MMD, d = 2, pairs");
    mmd(policy, limit, 20'000, 64, "MMD, d = 64, pairs");
    normals(policy, index_t{1} << 24);
}
