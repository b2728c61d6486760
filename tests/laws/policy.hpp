// SPDX-License-Identifier: MIT
#pragma once

// What every execution policy must satisfy, at sizes that fit neither packs nor chunks nor threads.

#include <cdl/exec/serial.hpp>

#include "support/scalars.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace cdl::laws {

inline constexpr index_t ugly_sizes[] = {0, 1, 2, 7, 15, 17, 255, 256, 257, 597, 65536, 65537};

/// A term whose sum depends on the order of addition: terms of very different sizes and both signs. Each has the same
/// bits everywhere.
struct uneven_term {
    template <class S>
    CDL_HD S operator()(lanes<S> points) const {
        return gather(points, [](index_t i) {
            using T = lane_t<S>;
            const T sign = i % 3 == 0 ? T(-1) : T(1);
            return T(sign * (i % 7 == 0 ? T(1e3) : T(1)) / T(3 + i % 1013));
        });
    }
};

/// Every index once, and only those.
template <exec::policy P>
void visits_each_index_once(const P& policy) {
    for (const index_t n : ugly_sizes) {
        CAPTURE(n);
        const auto visits = std::make_unique<std::atomic<int>[]>(static_cast<std::size_t>(n) + 1);
        policy.for_each_index(n, [&](index_t i) { ++visits[static_cast<std::size_t>(i < 0 || i > n ? n : i)]; });
        index_t wrong = visits[static_cast<std::size_t>(n)];
        for (index_t i = 0; i < n; ++i) wrong += visits[static_cast<std::size_t>(i)] != 1;
        CHECK(wrong == 0);
    }
}

/// Every point in one lane, spare lanes on the last point, groups of the full width but at the end of a block.
template <class T, exec::policy P>
void groups_hold_each_point_once(const P& policy) {
    for (const index_t n : ugly_sizes) {
        CAPTURE(n);
        const auto visits = std::make_unique<std::atomic<int>[]>(static_cast<std::size_t>(n) + 1);
        std::atomic<int> bad = 0;
        policy.template for_each_lanes<T>(n, [&]<class S>(lanes<S> group) {
            static_assert(std::is_same_v<lane_t<S>, T>);
            if (group.count < 1 || group.count > lanes<S>::width || group.first < 0 || group.first + group.count > n) {
                ++bad;
                return;
            }
            for (index_t l = 0; l < group.count; ++l) ++visits[static_cast<std::size_t>(group[l])];
            for (index_t l = group.count; l < lanes<S>::width; ++l)
                if (group[l] != group.first + group.count - 1) ++bad;
        });
        index_t wrong = bad;
        for (index_t i = 0; i < n; ++i) wrong += visits[static_cast<std::size_t>(i)] != 1;
        CHECK(wrong == 0);
    }
}

/// The sum has the bits of the oracle's: the tree is fixed by n alone.
template <class T, exec::policy P>
void sums_like_serial(const P& policy) {
    for (const index_t n : ugly_sizes) {
        CAPTURE(n);
        const T want = exec::serial{}.sum_over<T>(n, uneven_term{});
        const T got = policy.template sum_over<T>(n, uneven_term{});
        CHECK(got == want);
        if (n == 0) CHECK(got == 0);
    }
}

/// A term that is NaN, wherever it stands, does not get lost.
template <exec::policy P>
void sums_keep_nan(const P& policy) {
    for (const index_t n : {index_t{1}, index_t{257}, index_t{65537}})
        for (const index_t bad : {index_t{0}, n / 2, n - 1}) {
            CAPTURE(n);
            CAPTURE(bad);
            CHECK(std::isnan(policy.template sum_over<double>(n, [bad]<class S>(lanes<S> points) {
                return gather(points, [bad](index_t i) { return i == bad ? std::nan("") : 1.0; });
            })));
        }
}

/// Of the exceptions that bodies throw, the caller gets the one of the lowest index; whatever is below has run.
template <exec::policy P>
void throws_what_a_loop_in_order_throws(const P& policy) {
    const auto thrown_by = [](const auto& action) {
        try {
            action();
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
        return std::string("nothing");
    };
    for (const index_t n : {index_t{2}, index_t{597}, index_t{65537}}) {
        CAPTURE(n);
        const index_t first = n / 2 / 64 * 64; // the first of a group, whatever its width
        const auto visits = std::make_unique<std::atomic<int>[]>(static_cast<std::size_t>(n));
        const auto index = [&](index_t i) {
            if (i >= first) throw std::runtime_error(std::to_string(i));
            ++visits[static_cast<std::size_t>(i)];
        };
        CHECK(thrown_by([&] { policy.for_each_index(n, index); }) == std::to_string(first));
        CHECK(thrown_by([&] { policy.for_each_index(n, exec::heavy{index}); }) == std::to_string(first));
        index_t wrong = 0;
        for (index_t i = 0; i < first; ++i) wrong += visits[static_cast<std::size_t>(i)] != 2;
        CHECK(wrong == 0);
        const auto group = [&]<class S>(lanes<S> points) {
            if (points.first >= first) throw std::runtime_error(std::to_string(points.first));
            return S(1);
        };
        CHECK(thrown_by([&] { policy.template for_each_lanes<float>(n, group); }) == std::to_string(first));
        CHECK(thrown_by([&] { policy.template sum_over<double>(n, group); }) == std::to_string(first));
    }
    CHECK(policy.template sum_over<double>(597, []<class S>(lanes<S>) { return S(1); }) == 597); // and it works again
}

/// A policy may be used within a body of its own.
template <exec::policy P>
void nests(const P& policy) {
    for (const index_t n : {index_t{2}, index_t{17}, index_t{257}}) {
        std::vector<double> sums(static_cast<std::size_t>(n)), want(sums.size());
        const auto body = [n](const auto& inner, std::vector<double>& out) {
            return [&, n](index_t i) {
                out[static_cast<std::size_t>(i)] = inner.template sum_over<double>(n + i, uneven_term{});
            };
        };
        policy.for_each_index(n, exec::heavy{body(policy, sums)});
        exec::serial{}.for_each_index(n, body(exec::serial{}, want));
        CHECK(sums == want);
    }
}

/// What a body writes for a point does not depend on the policy beyond the rounding of the scalar's functions.
template <class T, exec::policy P>
void computes_like_serial(const P& policy) {
    const auto run = [](const auto& some_policy, index_t n) {
        std::vector<T> out(static_cast<std::size_t>(n), T(-1));
        some_policy.template for_each_lanes<T>(n, [&]<class S>(lanes<S> group) {
            using std::exp, std::sqrt;
            const S u = gather(group, [](index_t i) { return T(i % 4096) / T(512); });
            scatter(group, S(sqrt(S(S(1) + exp(S(-u))))),
                    [&](index_t i, T value) { out[static_cast<std::size_t>(i)] = value; });
        });
        return out;
    };
    for (const index_t n : {index_t{0}, index_t{1}, index_t{7}, index_t{597}, index_t{65537}}) {
        CAPTURE(n);
        const auto got = run(policy, n), want = run(exec::serial{}, n);
        T worst = 0;
        for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - want[i]) / want[i]);
        CHECK(worst <= 2 * std::numeric_limits<T>::epsilon());
        // the same point has the same bits wherever it stands in a batch
        index_t moved = 0;
        for (std::size_t i = 4096; i < got.size(); ++i) moved += got[i] != got[i - 4096];
        CHECK(moved == 0);
    }
}

/// Memory for n numbers that can be written and read back.
template <exec::policy P>
void allocates(const P& policy) {
    for (const index_t n : {index_t{0}, index_t{1}, index_t{597}}) {
        const auto memory = policy.template allocate<float>(n);
        CHECK(memory.size() == n);
        policy.for_each_index(n, [&](index_t i) { memory[i] = static_cast<float>(i); });
        index_t wrong = 0;
        for (index_t i = 0; i < n; ++i) wrong += memory[i] != static_cast<float>(i);
        CHECK(wrong == 0);
    }
}

/// Numbers come back as they were put, and what was put is a copy.
template <exec::policy P>
void carries(const P& policy) {
    for (const index_t n : {index_t{0}, index_t{1}, index_t{597}}) {
        std::vector<double> numbers(static_cast<std::size_t>(n), 0.5), back(static_cast<std::size_t>(n));
        const auto memory = policy.put(numbers.data(), n);
        for (double& number : numbers) number = -1;
        CHECK(memory.size() == n);
        policy.get(memory.data(), n, back.data());
        CHECK(back == std::vector<double>(static_cast<std::size_t>(n), 0.5));
    }
}

/// All laws of a policy of the host. What a device can run of them is in tests/policies/exec.hpp.
template <exec::policy P>
void policy_laws(const P& policy) {
    visits_each_index_once(policy);
    groups_hold_each_point_once<float>(policy);
    groups_hold_each_point_once<double>(policy);
    groups_hold_each_point_once<long double>(policy);
    sums_like_serial<float>(policy);
    sums_like_serial<double>(policy);
    sums_like_serial<long double>(policy);
    computes_like_serial<float>(policy);
    computes_like_serial<double>(policy);
    sums_keep_nan(policy);
    throws_what_a_loop_in_order_throws(policy);
    nests(policy);
    allocates(policy);
    carries(policy);
}

} // namespace cdl::laws
