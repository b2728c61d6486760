// SPDX-License-Identifier: MIT
// The same points in the containers of several libraries: the same bits.

#include <cdl/adapter/eigen.hpp>
#if defined(CDL_HAS_XTENSOR)
#include <cdl/adapter/xtensor.hpp>
#endif

#include "sampler/plane.hpp"

using namespace cdl;
using namespace cdl::test;

TEST_CASE("Matrices of Eigen and tensors of xtensor hold the points that an array of arrays holds") {
    for_each_method([](const auto& method) {
        const auto want = sampled(exec::serial{}, method);
        const auto check = [&](auto& z, const auto& at) {
            sample(exec::serial{}, method, z);
            index_t differing = 0;
            for (index_t i = 0; i < plane_points; ++i)
                for (index_t j = 0; j < 2; ++j)
                    if (at(z, i, j) != want[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]) ++differing;
            CHECK(differing == 0);
        };
        const auto column_is_point = [](const auto& z, index_t i, index_t j) { return z(j, i); };
        Eigen::MatrixXd columns(2, plane_points);
        check(columns, column_is_point);
        Eigen::Matrix<double, 2, Eigen::Dynamic, Eigen::RowMajor> by_coordinate(2, plane_points);
        auto of_coordinates = as_batch_of_columns(by_coordinate);
        check(of_coordinates, [](const auto& z, index_t i, index_t j) { return z(i, j); });
        Eigen::MatrixXd rows(plane_points, 2);
        auto of_rows = as_batch_of_rows(rows);
        check(of_rows, [&](const auto&, index_t i, index_t j) { return rows(i, j); });
        std::vector<double> numbers(static_cast<std::size_t>(2 * plane_points));
        auto view = as_batch(numbers, 2);
        check(view, [](const auto& z, index_t i, index_t j) { return z(i, j); });
#if defined(CDL_HAS_XTENSOR)
        xt::xtensor<double, 2> tensor(std::array<std::size_t, 2>{plane_points, 2});
        check(tensor, [](const auto& z, index_t i, index_t j) {
            return z(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
        });
#endif
    });
}
