// SPDX-License-Identifier: MIT
// The trajectory of a run, kept in memory of any kind.

#include <cdl/adapter/eigen.hpp>
#if defined(CDL_HAS_XTENSOR)
#include <cdl/adapter/xtensor.hpp>
#endif
#include <cdl/denoiser/optimal.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/record.hpp>
#include <cdl/sampler/run.hpp>

#include "distribution/testing.hpp"

#include <vector>

using namespace cdl;

namespace {

using level = log_snr<double>;
const std::vector<level> grid{{-6.0}, {-1.0}, {-1.0}, {2.0}, clean<double>()};
const distribution::gaussian_mixture<double, dynamic> mixture({1, 2}, {-1, -1, 1, 1}, {0.1, 0, 0, 0.1, 0.1, 0, 0, 0.1});

Eigen::Matrix2Xd start(index_t n) {
    Eigen::Matrix2Xd z(2, n);
    sampler::draw_start(exec::serial{}, {3}, z);
    return z;
}

} // namespace

TEST_CASE("record keeps the points of every level") {
    for (const index_t n : {0, 1, 7, 70}) {
        CAPTURE(n);
        test::for_each_policy([&](const char* name, const auto& policy) {
            CAPTURE(name);
            std::vector<Eigen::Matrix2Xd> want;
            Eigen::Matrix2Xd z = start(n);
            sampler::run(policy, sampler::ddim{}, denoiser::optimal(mixture), std::span<const level>(grid), z,
                         random::noise_stream{}, [&](index_t, level, const auto& at) {
                             Eigen::Matrix2Xd copy(2, n);
                             for (index_t i = 0; i < n; ++i)
                                 for (index_t j = 0; j < 2; ++j) copy(j, i) = at(i, j);
                             want.push_back(copy);
                         });
            Eigen::MatrixXd kept(2, 5 * n);
            std::vector<double> tensor(static_cast<std::size_t>(5 * n * 2)); // T + 1 x n x d
            z = start(n);
            sampler::run(policy, sampler::ddim{}, denoiser::optimal(mixture), std::span<const level>(grid), z,
                         random::noise_stream{}, sampler::record(policy, kept));
            z = start(n);
            auto rows = as_batch(tensor, 2);
            sampler::run(policy, sampler::ddim{}, denoiser::optimal(mixture), std::span<const level>(grid), z,
                         random::noise_stream{}, sampler::record(policy, rows));
            REQUIRE(want.size() == 5);
            for (index_t k = 0; k < 5; ++k) {
                CHECK(kept.middleCols(k * n, n) == want[static_cast<std::size_t>(k)]);
                CHECK(Eigen::Map<Eigen::Matrix2Xd>(tensor.data() + 2 * k * n, 2, n) ==
                      want[static_cast<std::size_t>(k)]);
            }
        });
    }
}

#if defined(CDL_HAS_XTENSOR)
TEST_CASE("record fills tensors of levels, points and coordinates") {
    xt::xtensor<double, 3> kept = xt::empty<double>({5, 7, 2});
    xt::xtensor<double, 2> rows = xt::empty<double>({35, 2}), z = xt::empty<double>({7, 2});
    sampler::draw_start(exec::serial{}, {3}, z);
    sampler::run(exec::serial{}, sampler::ddim{}, denoiser::optimal(mixture), std::span<const level>(grid), z,
                 random::noise_stream{}, sampler::record(exec::serial{}, rows));
    sampler::draw_start(exec::serial{}, {3}, z);
    sampler::run(exec::serial{}, sampler::ddim{}, denoiser::optimal(mixture), std::span<const level>(grid), z,
                 random::noise_stream{},
                 sampler::record(exec::serial{}, as_batch(std::span<double>(kept.data(), kept.size()), 2)));
    for (std::size_t i = 0; i < 7; ++i)
        for (std::size_t j = 0; j < 2; ++j) {
            CHECK(kept(4, i, j) == z(i, j));
            for (std::size_t k = 0; k < 5; ++k) CHECK(kept(k, i, j) == rows(k * 7 + i, j));
        }
}
#endif

TEST_CASE("A trajectory that does not fit is refused") {
    const auto refusal = [](index_t rows, index_t dim) {
        Eigen::MatrixXd kept(dim, rows);
        const Eigen::Matrix2Xd before = start(3);
        Eigen::Matrix2Xd z = before;
        const std::string text = test::refusal([&] {
            sampler::run(exec::serial{}, sampler::ddim{}, denoiser::optimal(mixture), std::span<const level>(grid), z,
                         random::noise_stream{}, sampler::record(exec::serial{}, kept));
        });
        CHECK((text.empty() || z == before));
        return text;
    };
    CHECK(refusal(15, 2) == "");
    CHECK(refusal(18, 2) == ""); // room for more levels
    CHECK(refusal(15, 3) == "cdl::sampler::record: trajectory: must have the dimension of z; got 3 for 2");
    CHECK(refusal(14, 2) == "cdl::sampler::record: trajectory: must have n rows for each level; got 14 rows for n = 3");
    CHECK(refusal(12, 2) == "cdl::sampler::record: trajectory: must have n rows for each level; got 4 levels for 5");
    CHECK(refusal(0, 2) == "cdl::sampler::record: trajectory: must have n rows for each level; got 0 levels for 5");
    double shared[2];
    batch_view<double, 2, strided> same(shared, 3, 2, 0, 1);
    CHECK(test::refusal([&] { sampler::record(exec::serial{}, same); }) ==
          "cdl::sampler::record: trajectory: points must not share memory; got point stride 0");
}
