// SPDX-License-Identifier: MIT
#pragma once

// Points and batches in the memory of others. A batch is n points of d coordinates; nothing is copied.
//
//     as_batch(container)              of std::vector, std::span, std::array, Eigen (d x n), xtensor (n x d), Thrust
//     as_batch(numbers, d)             n points of d coordinates, contiguous, point after point
//     batch_view<T, D, Layout, Space>  what these return: size(), dim(), b(i, j), b[i], slice(first, count)
//     local_point<S, D>                a point by value
//
//     using namespace cdl;
//     std::vector<double> numbers{0, 1, 2, 3, 4, 5};
//     const auto b = as_batch(std::span(numbers), 2); // three points in the plane
//     b(2, 0) = 7;
//     std::printf("%d points, the last at (%g, %g)\n", static_cast<int>(b.size()), b[2][0], b[2][1]); // (7, 5)
//     const std::vector<std::array<float, 3>> points(5);
//     static_assert(decltype(as_batch(points))::static_dim == 3);

#include <cdl/view/as_batch.hpp>
#include <cdl/view/batch_view.hpp>
#include <cdl/view/layout.hpp>
#include <cdl/view/point.hpp>
#include <cdl/view/space.hpp>
