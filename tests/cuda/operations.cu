// SPDX-License-Identifier: MIT
// The operations of the policy itself on a CUDA device, and what becomes of errors.

#include "cuda/settings.hpp"

namespace {
template <class T>
using tested = cdl::test::on_cuda<T>;
}

#include "policies/exec.hpp"

using namespace cdl;

namespace {

/// Whether `action` throws a cuda_error with this status whose text starts so.
template <class Action>
void check_refused(const std::string& text, cudaError_t status, const Action& action) {
    CAPTURE(text);
    try {
        action();
        FAIL_CHECK("no exception");
    } catch (const exec::cuda_error& error) {
        CHECK(std::string(error.what()).starts_with("cdl::exec::thrust: " + text));
        CHECK(error.status == status);
    }
    CHECK(cudaGetLastError() == cudaSuccess); // nothing is left for the next call to stumble over
}

template <class P>
void check_works(const P& policy) {
    CHECK(policy.template sum_over<double>(597, laws::uneven_term{}) ==
          exec::serial{}.sum_over<double>(597, laws::uneven_term{}));
}

/// Bytes in use of the memory that the policies allocate from.
std::uint64_t bytes_in_use() {
    exec::require_success(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
    cudaMemPool_t pool;
    int device_id = 0;
    std::uint64_t bytes = 0;
    exec::require_success(cudaGetDevice(&device_id), "cudaGetDevice");
    exec::require_success(cudaDeviceGetDefaultMemPool(&pool, device_id), "cudaDeviceGetDefaultMemPool");
    exec::require_success(cudaMemPoolGetAttribute(pool, cudaMemPoolAttrUsedMemCurrent, &bytes),
                          "cudaMemPoolGetAttribute");
    return bytes;
}

} // namespace

static_assert(exec::policy<decltype(exec::thrust{::thrust::cuda::par})>);
static_assert(exec::policy<decltype(exec::thrust{::thrust::cuda::par_nosync.on(cudaStream_t{})})>);
static_assert(std::is_same_v<decltype(exec::thrust{::thrust::cuda::par})::space, device>);
static_assert(std::is_same_v<decltype(exec::thrust{::thrust::device})::space, device>);
static_assert(std::is_same_v<decltype(exec::thrust{::thrust::host})::space, host>);

TEST_CASE("The small work of thrust::cuda::par is done when it returns") {
    const exec::thrust policy{::thrust::cuda::par};
    const index_t n = 597;
    const std::vector<int> none(n, 0);
    const auto visits = policy.put(none.data(), n);
    const auto seen = policy.allocate<double>(n);
    policy.for_each_index(n, test::counted{visits.data(), seen.data()});
    CHECK(cudaStreamQuery(policy.stream()) == cudaSuccess);
    policy.for_each_lanes<double>(n, test::counted{visits.data(), seen.data()});
    CHECK(cudaStreamQuery(policy.stream()) == cudaSuccess);
    CHECK(test::brought_back(policy, visits) == std::vector<int>(n, 2));
    check_works(policy);
}

TEST_CASE("Small work without waiting is done in the order of the stream") {
    const exec::thrust policy{::thrust::cuda::par_nosync.on(test::stream_of_tests())};
    const index_t n = 65537;
    const std::vector<int> none(n, 0);
    const auto visits = policy.put(none.data(), n);
    const auto seen = policy.allocate<double>(n);
    for (int times = 0; times < 100; ++times) policy.for_each_index(n, test::counted{visits.data(), seen.data()});
    CHECK(test::brought_back(policy, visits) == std::vector<int>(n, 100));
}

TEST_CASE("Small sums have the same bits on every stream") {
    const exec::thrust waiting{::thrust::cuda::par};
    const exec::thrust queued{::thrust::cuda::par_nosync.on(test::stream_of_tests())};
    for (const index_t n : laws::ugly_sizes) {
        CAPTURE(n);
        CHECK(waiting.sum_over<float>(n, laws::uneven_term{}) == queued.sum_over<float>(n, laws::uneven_term{}));
    }
}

TEST_CASE("Sums of many millions of small terms have the bits of the host") {
    const index_t n = (index_t{1} << 24) + 257; // four levels of the tree
    const exec::thrust policy{::thrust::cuda::par};
    CHECK(policy.sum_over<float>(n, laws::uneven_term{}) == exec::serial{}.sum_over<float>(n, laws::uneven_term{}));
}

TEST_CASE("An allocation that is too large says so and the next small one works") {
    const exec::thrust policy{::thrust::cuda::par};
    const index_t numbers = index_t{1} << 40; // 8 TiB
    const std::uint64_t before = bytes_in_use();
    check_refused("cudaMallocAsync of 8796093022208 bytes: ", cudaErrorMemoryAllocation, [&] {
        const auto small = policy.allocate<double>(597);
        policy.allocate<double>(numbers);
    });
    CHECK(bytes_in_use() == before);
    check_works(policy);
}

TEST_CASE("A sum that is too large for a launch says so and the next small one works") {
    const exec::thrust policy{::thrust::cuda::par};
    const std::uint64_t before = bytes_in_use();
    for (const index_t n : {exec::sum_chunk << 31, (exec::sum_chunk << 32) + 1})
        check_refused("launch of a sum", cudaErrorInvalidConfiguration,
                      [&] { policy.sum_over<double>(n, laws::uneven_term{}); });
    CHECK(bytes_in_use() == before);
    check_works(policy);
}

TEST_CASE("Small buffers are moved and freed once") {
    const exec::thrust policy{::thrust::cuda::par_nosync.on(test::stream_of_tests())};
    const std::uint64_t before = bytes_in_use();
    {
        auto first = policy.allocate<double>(597);
        auto second = policy.allocate<double>(7);
        const double* address = first.data();
        second = std::move(first);
        CHECK(second.data() == address);
        CHECK(second.size() == 597);
        const auto third = std::move(second);
        CHECK(third.data() == address);
        const auto none = policy.allocate<double>(0);
        CHECK(none.data() == nullptr);
    }
    CHECK(bytes_in_use() == before);
}
