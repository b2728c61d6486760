// SPDX-License-Identifier: MIT
#if defined(CDL_HAS_OPENMP)
#include <cdl/exec/openmp.hpp>

#include "laws/policy.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace cdl;

TEST_CASE("The openmp policy satisfies the laws of a policy on any number of threads") {
    for (const int threads : {0, 1, 2, 3, 7}) {
        CAPTURE(threads);
        laws::policy_laws(exec::openmp{.threads = threads});
        laws::policy_laws(exec::openmp{.threads = threads, .alone = 0});
    }
}

TEST_CASE("A sum under the openmp policy has the same bits on 1 2 3 and 7 threads") {
    for (const index_t n : laws::ugly_sizes) {
        CAPTURE(n);
        const float one = exec::openmp{.threads = 1}.sum_over<float>(n, laws::uneven_term{});
        for (const int threads : {2, 3, 7})
            for (const double alone : {0.0, 1e-6, 1e-4})
                CHECK(exec::openmp{threads, alone}.sum_over<float>(n, laws::uneven_term{}) == one);
    }
    // the test would notice another order: forwards is not backwards
    float forwards = 0, backwards = 0;
    for (index_t i = 0; i < 597; ++i) {
        forwards += laws::uneven_term{}(lanes<float>{i, 1});
        backwards += laws::uneven_term{}(lanes<float>{596 - i, 1});
    }
    CHECK(forwards != backwards);
}

namespace {
/// How many threads were in the team that ran each index.
template <class Policy>
std::vector<int> teams(const Policy& policy, index_t n) {
    std::vector<int> team(static_cast<std::size_t>(n), 0);
    policy.for_each_index(n,
                          exec::heavy{[&](index_t i) { team[static_cast<std::size_t>(i)] = omp_get_num_threads(); }});
    return team;
}

/// Does nothing for longer than the openmp policy keeps a loop to itself.
void wait() {
    for (const double begin = omp_get_wtime(); omp_get_wtime() - begin < 2 * exec::openmp{}.alone;) {
    }
}
} // namespace

TEST_CASE("The openmp policy runs on as many threads as it is told") {
    for (const int threads : {1, 2, 3, 7}) {
        CAPTURE(threads);
        std::vector<int> team(10000, 0);
        exec::openmp{.threads = threads, .alone = 0}.for_each_index(
            10000, [&](index_t i) { team[static_cast<std::size_t>(i)] = omp_get_num_threads(); });
        CHECK(team == std::vector<int>(10000, threads));
        CHECK(teams(exec::openmp{.threads = threads}, 10000) == std::vector<int>(10000, threads));
    }
    CHECK(teams(exec::openmp{}, 10000) == std::vector<int>(10000, omp_get_max_threads()));
}

TEST_CASE("The openmp policy wakes no more threads than there are indices") {
    CHECK(teams(exec::openmp{.threads = 7}, 2) == std::vector<int>(2, 2));
    CHECK(teams(exec::openmp{.threads = 7}, 1) == std::vector<int>(1, 1));
    CHECK(teams(exec::openmp{.threads = 7}, 0).empty());
    laws::policy_laws(exec::openmp{.threads = 64, .alone = 0});
}

TEST_CASE("A small loop runs on the caller under the openmp policy") {
    const exec::openmp policy{.threads = 4};
    int elsewhere = 0; // written without a lock: there is one thread
    const auto count = [&] { elsewhere += omp_get_num_threads() != 1; };
    policy.for_each_index(1, [&](index_t) { count(); });
    policy.for_each_lanes<double>(49, [&](auto) { count(); });
    policy.sum_over<double>(256, [&]<class S>(lanes<S>) {
        count();
        return S(0);
    });
    CHECK(elsewhere == 0);
}

TEST_CASE("A loop that takes long is shared out after its first block under the openmp policy") {
    for (const int threads : {2, 3}) {
        CAPTURE(threads);
        const exec::openmp policy{.threads = threads};
        std::vector<int> team(9, 0);
        policy.for_each_index(9, [&](index_t i) {
            wait();
            team[static_cast<std::size_t>(i)] = omp_get_num_threads();
        });
        CHECK(team.front() == 1);
        CHECK(std::vector<int>(team.begin() + 1, team.end()) == std::vector<int>(8, threads));

        std::vector<int> of_points(640, 0);
        policy.for_each_lanes<float>(640, [&](auto points) {
            wait();
            for (index_t l = 0; l < points.count; ++l)
                of_points[static_cast<std::size_t>(points[l])] = omp_get_num_threads();
        });
        CHECK(std::vector<int>(of_points.begin(), of_points.begin() + 64) == std::vector<int>(64, 1));
        CHECK(std::vector<int>(of_points.begin() + 64, of_points.end()) == std::vector<int>(576, threads));
    }
}

TEST_CASE("A sum has the same bits whether or not its loop was shared out") {
    for (const index_t n : {index_t{257}, index_t{2050}}) {
        CAPTURE(n);
        const auto slow = [](auto points) {
            if (points.first % 256 == 0) wait();
            return laws::uneven_term{}(points);
        };
        const float want = exec::simd{}.sum_over<float>(n, laws::uneven_term{});
        for (const int threads : {1, 2, 7}) CHECK(exec::openmp{.threads = threads}.sum_over<float>(n, slow) == want);
    }
}

TEST_CASE("Within a team of OpenMP the openmp policy runs on the calling thread") {
    std::vector<std::vector<int>> inner(4);
    const exec::openmp policy{.threads = 3};
    policy.for_each_index(4, exec::heavy{[&](index_t i) { inner[static_cast<std::size_t>(i)] = teams(policy, 5); }});
    for (const auto& team : inner) CHECK(team == std::vector<int>(5, 3)); // the team around it: no other was made

#pragma omp parallel for num_threads(4)
    for (index_t i = 0; i < 4; ++i) inner[static_cast<std::size_t>(i)] = teams(policy, 6);
    for (const auto& team : inner) CHECK(team == std::vector<int>(6, 4));
}

TEST_CASE("An exception within nested loops reaches the caller of the openmp policy") {
    const exec::openmp policy{.threads = 3};
    const auto loop = [&](index_t i) {
        policy.for_each_index(5, exec::heavy{[i](index_t j) {
                                  if (i >= 2 && j >= 3) throw std::runtime_error(std::to_string(10 * i + j));
                              }});
    };
    CHECK_THROWS_WITH_AS(policy.for_each_index(7, exec::heavy{loop}), "23", std::runtime_error);
}

TEST_CASE("Several threads of the caller may use the openmp policy at once") {
    std::vector<double> sums(3);
    std::vector<std::thread> callers;
    for (double& sum : sums)
        callers.emplace_back([&sum] { sum = exec::openmp{2, 0}.sum_over<double>(70000, laws::uneven_term{}); });
    for (std::thread& caller : callers) caller.join();
    CHECK(sums == std::vector<double>(3, exec::serial{}.sum_over<double>(70000, laws::uneven_term{})));
}

TEST_CASE("The openmp policy refuses a number of threads that is none") {
    const exec::openmp policy{.threads = -3};
    const char* const text = "cdl::exec::openmp: threads: must not be negative; got -3";
    for (const index_t n : {index_t{0}, index_t{1}, index_t{4}, index_t{597}}) {
        CAPTURE(n);
        int calls = 0;
        const auto term = [&]<class S>(lanes<S>) {
            ++calls;
            return S(0);
        };
        CHECK_THROWS_WITH_AS(policy.for_each_index(n, [&](index_t) { ++calls; }), text, std::invalid_argument);
        CHECK_THROWS_WITH_AS(policy.for_each_lanes<float>(n, term), text, std::invalid_argument);
        CHECK_THROWS_WITH_AS(policy.sum_over<double>(n, term), text, std::invalid_argument);
        CHECK(calls == 0);
    }
    CHECK_THROWS_WITH_AS((exec::openmp{.alone = -1e-6}.for_each_index(4, [](index_t) {})),
                         "cdl::exec::openmp: alone: must not be negative; got -1e-06", std::invalid_argument);
    CHECK_THROWS_AS((exec::openmp{.alone = std::nan("")}.for_each_index(4, [](index_t) {})), std::invalid_argument);
}
#endif
