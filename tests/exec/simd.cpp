// SPDX-License-Identifier: MIT
#if defined(CDL_HAS_SIMD)
#include <cdl/exec/simd.hpp>

#include "laws/policy.hpp"

#include <doctest/doctest.h>

using namespace cdl;

TEST_CASE("The simd policy satisfies the laws of a policy") {
    laws::policy_laws(exec::simd{});
}

TEST_CASE("The simd policy hands out packs of float and double and single numbers of anything else") {
    exec::simd{}.for_each_lanes<float>(1, []<class S>(lanes<S>) { CHECK(std::is_same_v<S, exec::simd_pack<float>>); });
    exec::simd{}.for_each_lanes<double>(1,
                                        []<class S>(lanes<S>) { CHECK(std::is_same_v<S, exec::simd_pack<double>>); });
    exec::simd{}.for_each_lanes<long double>(1, []<class S>(lanes<S>) { CHECK(std::is_same_v<S, long double>); });
    CHECK(lane_traits<exec::simd_pack<float>>::size >= 4);
    CHECK(lane_traits<exec::simd_pack<float>>::size == 2 * lane_traits<exec::simd_pack<double>>::size);
}

TEST_CASE("A NaN or an infinity in a spare lane of an incomplete pack does not reach a sum") {
    // the term is 1 for points below n and NaN beyond: no group may ask for a point beyond n
    for (const index_t n : {index_t{1}, index_t{3}, index_t{17}, index_t{258}}) {
        const double sum = exec::simd{}.sum_over<double>(n, [n]<class S>(lanes<S> points) {
            return gather(points, [n](index_t i) { return i < n ? 1.0 : std::numeric_limits<double>::quiet_NaN(); });
        });
        CHECK(sum == static_cast<double>(n));
    }
}
#endif
