// SPDX-License-Identifier: MIT
// The same points on any number of threads, whole or in parts: the same bits.

#if defined(CDL_HAS_OPENMP)
#include <cdl/exec/openmp.hpp>
#include <cdl/exec/simd.hpp>

#include "sampler/plane.hpp"

using namespace cdl;
using namespace cdl::test;

namespace {
/// Small loops are shared out, too.
exec::openmp on(int threads) {
    return {.threads = threads, .alone = 0};
}
} // namespace

TEST_CASE("The number of threads changes no bit, and packs without threads give the same") {
    for_each_method([](const auto& method) {
        const auto want = sampled(on(1), method);
        CHECK(sampled(on(2), method) == want);
        CHECK(sampled(on(7), method) == want);
        CHECK(sampled(exec::openmp{.threads = 2}, method) == want);
        CHECK(sampled(exec::simd{}, method) == want);
    });
}

TEST_CASE("Where the coordinates lie changes no bit under packs, too") {
    for_each_method([](const auto& method) {
        const auto want = sampled(exec::simd{}, method);
        std::vector<double> memory(5 * plane_points + 3);
        const auto check = [&](const auto& view) {
            sample(exec::simd{}, method, view);
            index_t differing = 0;
            for (index_t i = 0; i < plane_points; ++i)
                for (index_t j = 0; j < 2; ++j)
                    if (view(i, j) != want[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]) ++differing;
            CHECK(differing == 0);
        };
        check(batch_view<double, 2, coord_major>(memory.data() + 1, plane_points));
        check(batch_view<double, dynamic, strided>(memory.data() + 3, plane_points, 2, 5, 2));
        check(batch_view<double>(memory.data() + 1, plane_points, 2));
    });
}

TEST_CASE("A part of a batch is the same part of the result under packs, too") {
    for_each_method([](const auto& method) {
        const auto want = sampled(on(2), method);
        for (const index_t first : {0, 1, 77, 300}) {
            points part(static_cast<std::size_t>(std::min<index_t>(63, plane_points - first)));
            const auto noise = plane_noise.starting_at(first);
            sampler::draw_start(on(2), noise, part);
            sampler::run(on(2), method, denoiser::optimal(plane()), plane_grid(), part, noise);
            CHECK(std::equal(part.begin(), part.end(), want.begin() + first));
        }
    });
}
#endif
