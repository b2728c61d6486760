// SPDX-License-Identifier: MIT
#pragma once

// A computation under the policies of a setting against the same computation under exec::serial.
//
// A setting is a type that says which policies are meant:
//
//     using scalar = float or double;
//     static constexpr bool same_bits;   // bodies see plain scalars on the host, and so give the bits of serial
//     static ... policies();             // a container of policies that promise each other the same bits
//
// A source of this folder names one `tested` and includes the cases of some modules.

#include <cdl/exec/serial.hpp>

#include "policies/placing.hpp"
#include "support/scalars.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>

namespace cdl::test {

template <class S>
using policy_of = typename decltype(S::policies())::value_type;

/// Whether code that runs on one number at a time gives the bits of serial: the machine is the same.
template <class S>
inline constexpr bool same_machine = std::is_same_v<space_of<policy_of<S>>, host>;

template <class T>
inline constexpr double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());

/// How far the numbers of a policy may be from those of serial: `epsilons` of the type, times the larger of the
/// number and `size`, the largest term that it is made of.
struct rounding {
    double epsilons;
    double size = 0;
};

/// Exactly equal numbers; a NaN equals itself.
template <class T>
void check_same_bits(const std::vector<T>& got, const std::vector<T>& want) {
    REQUIRE(got.size() == want.size());
    index_t differing = 0, first = 0;
    for (std::size_t i = got.size(); i-- > 0;)
        if (std::memcmp(&got[i], &want[i], sizeof(T)) != 0) ++differing, first = static_cast<index_t>(i);
    INFO("the first is number ", first);
    CHECK(differing == 0);
}

/// Numbers equal to rounding. Infinities and NaN must be the same.
template <class T>
void check_close(const std::string& what, const std::vector<T>& got, const std::vector<T>& want,
                 const rounding& bound) {
    REQUIRE(got.size() == want.size());
    double largest = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const auto g = static_cast<double>(got[i]), w = static_cast<double>(want[i]);
        if (g == w || (std::isnan(g) && std::isnan(w))) continue;
        const double off = std::fabs(g - w) / (epsilon<T> * std::fmax(std::fabs(w), bound.size));
        if (!(off <= largest)) largest = off, at = i;
    }
    worst_error worst(what);
    worst.see(largest, "number " + std::to_string(at));
    INFO(worst.text());
    CHECK(worst.value() <= bound.epsilons);
}

/// run(policy) returns numbers on the host. They have the bits of serial's under every policy of the setting.
template <class S, class Run>
void same_bits_as_serial(const Run& run) {
    const auto want = run(exec::serial{});
    for (const auto& policy : S::policies()) check_same_bits(run(policy), want);
}

/// run(policy) returns numbers on the host. They are those of serial to rounding, and the policies of the setting agree
/// on every bit.
template <class S, class Run>
void matches_serial(const std::string& what, const rounding& bound, const Run& run) {
    const auto want = run(exec::serial{});
    const auto policies = S::policies();
    const auto first = run(policies[0]);
    if constexpr (S::same_bits)
        check_same_bits(first, want);
    else
        check_close(what + ", " + scalar_name<typename S::scalar>(), first, want, bound);
    for (std::size_t p = 1; p < policies.size(); ++p) check_same_bits(run(policies[p]), first);
}

/// As `matches_serial`, for computations that run on one number at a time under every policy, so that only another
/// machine may round otherwise.
template <class S, class Run>
void matches_serial_by_index(const std::string& what, const rounding& bound, const Run& run) {
    if constexpr (same_machine<S>)
        same_bits_as_serial<S>(run);
    else
        matches_serial<S>(what, bound, run);
}

} // namespace cdl::test
