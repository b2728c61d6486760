// SPDX-License-Identifier: MIT
#pragma once

// The three operations of a policy and its memory, with bodies that a device can run.

#include "policies/comparing.hpp"

namespace cdl::test {

/// Counts the visits of an index, and remembers it.
struct counted {
    int* visits;
    double* seen;

    CDL_HD void operator()(index_t i) const {
        visits[i] += 1;
        seen[i] = static_cast<double>(i);
    }
    template <class S>
    CDL_HD void operator()(lanes<S> group) const {
        scatter(group, gather(group, [](index_t i) { return static_cast<double>(i); }),
                [this](index_t i, const auto& number) {
                    visits[i] += 1;
                    seen[i] = number;
                });
    }
};

/// out = sqrt(1 + exp(-u)).
template <class T>
struct softened {
    const T* numbers;
    T* out;

    template <class S>
    CDL_HD void operator()(lanes<S> group) const {
        using std::exp, std::sqrt;
        const S u = gather(group, [this](index_t i) { return numbers[i]; });
        scatter(group, S(sqrt(S(S(1) + exp(S(-u))))), [this](index_t i, const T& number) { out[i] = number; });
    }
};

/// The numbers of a memory as the terms of a sum.
template <class T>
struct number_of {
    const T* numbers;

    template <class S>
    CDL_HD S operator()(lanes<S> group) const {
        return gather(group, [this](index_t i) { return numbers[i]; });
    }
};

/// sums[i] = the tree sum of row i.
template <class T>
struct sums_of_rows {
    const T* numbers;
    index_t of_row;
    T* sums;

    CDL_HD void operator()(index_t i) const { sums[i] = exec::tree_sum(numbers + i, of_row, 3); }
};

TEST_CASE_TEMPLATE("Every index is visited once", S, tested<double>) {
    for (const index_t n : laws::ugly_sizes)
        for (const bool by_lanes : {false, true}) {
            CAPTURE(n);
            CAPTURE(by_lanes);
            for (const auto& policy : S::policies()) {
                const std::vector<int> none(static_cast<std::size_t>(n), 0);
                const auto visits = policy.put(none.data(), n);
                const auto seen = policy.template allocate<double>(n);
                if (by_lanes)
                    policy.template for_each_lanes<double>(n, counted{visits.data(), seen.data()});
                else
                    policy.for_each_index(n, counted{visits.data(), seen.data()});
                const auto times = brought_back(policy, visits);
                const auto which = brought_back(policy, seen);
                index_t wrong = 0;
                for (std::size_t i = 0; i < times.size(); ++i)
                    wrong += times[i] != 1 || which[i] != static_cast<double>(i);
                CHECK(wrong == 0);
            }
        }
}

TEST_CASE_TEMPLATE("A body computes what it computes under serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : ugly_sizes) {
        CAPTURE(n);
        const auto numbers = normal_numbers<T>(n, 1, 3);
        // exp and sqrt of packs and of devices are good to 1 ULP or 2, 1 + exp halves what exp is wrong by
        matches_serial<S>("a body", rounding{3}, [&](const auto& policy) {
            const auto from = policy.put(numbers.data(), n);
            const auto to = policy.template allocate<T>(n);
            policy.template for_each_lanes<T>(n, softened<T>{from.data(), to.data()});
            return brought_back(policy, to);
        });
    }
}

TEST_CASE_TEMPLATE("Sums of the same terms have the bits of serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : laws::ugly_sizes) {
        CAPTURE(n);
        same_bits_as_serial<S>(
            [&](const auto& policy) { return std::vector{policy.template sum_over<T>(n, laws::uneven_term{})}; });
        const auto numbers = normal_numbers<T>(n, 2);
        same_bits_as_serial<S>([&](const auto& policy) {
            const auto terms = policy.put(numbers.data(), n);
            return std::vector{policy.template sum_over<T>(n, number_of<T>{terms.data()})};
        });
    }
}

TEST_CASE_TEMPLATE("Sums within a body have the bits of serial", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const index_t n : laws::ugly_sizes) {
        CAPTURE(n);
        const auto numbers = normal_numbers<T>(3 * n, 3);
        same_bits_as_serial<S>([&](const auto& policy) {
            const auto memory = policy.put(numbers.data(), 3 * n);
            const auto sums = policy.template allocate<T>(3);
            policy.for_each_index(3, sums_of_rows<T>{memory.data(), n, sums.data()});
            return brought_back(policy, sums);
        });
    }
}

TEST_CASE_TEMPLATE("Numbers come back as they were put", S, tested<float>, tested<double>) {
    using T = typename S::scalar;
    for (const auto& policy : S::policies())
        for (const index_t n : ugly_sizes) {
            CAPTURE(n);
            const auto numbers = normal_numbers<T>(n, 3);
            auto source = numbers;
            const auto memory = policy.put(source.data(), n);
            for (T& number : source) number = T(0); // what was put is a copy
            CHECK(memory.size() == n);
            check_same_bits(brought_back(policy, memory), numbers);
        }
}

} // namespace cdl::test
