// SPDX-License-Identifier: MIT
#if defined(CDL_HAS_THRUST)
#include <cdl/exec/thrust.hpp>

#include "laws/policy.hpp"

#include <doctest/doctest.h>
#include <thrust/system/cpp/execution_policy.h>
#include <thrust/system/omp/execution_policy.h>

#include <omp.h>

#include <memory>
#include <thread>
#include <vector>

using namespace cdl;

static_assert(exec::policy<decltype(exec::thrust{::thrust::omp::par})>);
static_assert(exec::policy<decltype(exec::thrust{::thrust::cpp::par})>);

namespace {

/// Thrust's OpenMP runs on as many threads as OpenMP offers.
template <class Action>
void with_threads(int threads, const Action& action) {
    const int before = omp_get_max_threads();
    omp_set_num_threads(threads);
    action();
    omp_set_num_threads(before);
}
} // namespace

TEST_CASE("The thrust policy on OpenMP satisfies the laws of a policy on any number of threads") {
    for (const int threads : {1, 2, 7}) {
        CAPTURE(threads);
        with_threads(threads, [] { laws::policy_laws(exec::thrust{::thrust::omp::par}); });
    }
}

TEST_CASE("The thrust policy on plain C++ satisfies the laws of a policy") {
    laws::policy_laws(exec::thrust{::thrust::cpp::par});
}

TEST_CASE("The thrust policy on the systems of the host works in memory of the host") {
    const exec::thrust omp{::thrust::omp::par};
    const exec::thrust cpp{::thrust::cpp::par};
    CHECK(std::is_same_v<decltype(omp)::space, host>);
    CHECK(std::is_same_v<decltype(cpp)::space, host>);
    CHECK(std::is_same_v<decltype(omp)::pack<float>, float>);
}

TEST_CASE("The thrust policy takes Thrust's device system of this build") {
    std::vector<int> visits(597, 0);
    exec::thrust{::thrust::device}.for_each_index(597, [&](index_t i) { ++visits[static_cast<std::size_t>(i)]; });
    CHECK(visits == std::vector<int>(597, 1));
}

TEST_CASE("The thrust policy on OpenMP runs on several threads and that on plain C++ on the caller's") {
    std::vector<int> threads(10000, 0);
    const auto count = [&](index_t i) { threads[static_cast<std::size_t>(i)] = omp_get_num_threads(); };
    with_threads(3, [&] { exec::thrust{::thrust::omp::par}.for_each_index(10000, count); });
    CHECK(threads == std::vector<int>(10000, 3));

    std::vector<std::thread::id> ids(100);
    exec::thrust{::thrust::cpp::par}.for_each_index(
        100, [&](index_t i) { ids[static_cast<std::size_t>(i)] = std::this_thread::get_id(); });
    CHECK(ids == std::vector<std::thread::id>(100, std::this_thread::get_id()));
}

TEST_CASE("The thrust policy takes a system with an allocator of one's own") {
    // what Thrust itself needs in between may come from anywhere; the policy's results do not change
    std::allocator<char> allocator;
    const exec::thrust policy{::thrust::omp::par(allocator)};
    CHECK(policy.sum_over<double>(597, laws::uneven_term{}) ==
          exec::serial{}.sum_over<double>(597, laws::uneven_term{}));
}
#endif
