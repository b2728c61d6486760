// SPDX-License-Identifier: MIT
#if defined(CDL_HAS_OPENMP)
#include <cdl/exec/openmp.hpp>

#include "laws/policy.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace cdl;

TEST_CASE("The openmp policy satisfies the laws of a policy on any number of threads") {
    for (const int threads : {0, 1, 2, 3, 7}) {
        CAPTURE(threads);
        laws::policy_laws(exec::openmp{.threads = threads});
    }
}

TEST_CASE("A sum under the openmp policy has the same bits on 1 2 3 and 7 threads") {
    for (const index_t n : laws::ugly_sizes) {
        CAPTURE(n);
        const float one = exec::openmp{.threads = 1}.sum_over<float>(n, laws::uneven_term{});
        for (const int threads : {2, 3, 7})
            CHECK(exec::openmp{.threads = threads}.sum_over<float>(n, laws::uneven_term{}) == one);
    }
    // the test would notice another order: forwards is not backwards
    float forwards = 0, backwards = 0;
    for (index_t i = 0; i < 597; ++i) {
        forwards += laws::uneven_term{}(lanes<float>{i, 1});
        backwards += laws::uneven_term{}(lanes<float>{596 - i, 1});
    }
    CHECK(forwards != backwards);
}

TEST_CASE("The openmp policy runs on as many threads as it is told") {
    for (const int threads : {1, 2, 3, 7}) {
        CAPTURE(threads);
        std::vector<int> team(10000, 0);
        exec::openmp{.threads = threads}.for_each_index(
            10000, [&](index_t i) { team[static_cast<std::size_t>(i)] = omp_get_num_threads(); });
        CHECK(team == std::vector<int>(10000, threads));
    }
}

TEST_CASE("The openmp policy refuses a number of threads that is none") {
    CHECK_THROWS_WITH_AS(exec::openmp{.threads = -3}.for_each_index(4, [](index_t) {}),
                         "cdl::exec::openmp: threads: must not be negative; got -3", std::invalid_argument);
}

TEST_CASE("An exception thrown by a body on another thread reaches the caller of the openmp policy") {
    for (const int threads : {1, 2, 7}) {
        CAPTURE(threads);
        const exec::openmp policy{.threads = threads};
        CHECK_THROWS_WITH_AS(policy.for_each_index(597,
                                                   [](index_t i) {
                                                       if (i == 596) throw std::runtime_error("the last one");
                                                   }),
                             "the last one", std::runtime_error);
        CHECK_THROWS_AS(policy.for_each_lanes<float>(597, [](auto) { throw std::out_of_range("all"); }),
                        std::out_of_range);
        CHECK_THROWS_AS(policy.sum_over<double>(597,
                                                []<class S>(lanes<S> points) {
                                                    if (points.first > 300) throw std::domain_error("a term");
                                                    return S(1);
                                                }),
                        std::domain_error);
        CHECK(policy.sum_over<double>(597, []<class S>(lanes<S>) { return S(1); }) == 597); // and it works again
    }
}
#endif
