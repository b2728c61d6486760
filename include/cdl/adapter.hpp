// SPDX-License-Identifier: MIT
#pragma once

// Containers and networks of other libraries. Each header needs the library that it is named after; this one needs Eigen alone.
//
//     eigen.hpp           matrices as batches: a point in each column; as_batch_of_rows for a point in each row
//     eigen_autodiff.hpp  the functions that Eigen::AutoDiffScalar lacks
//     xtensor.hpp         containers of rank 1 and 2, n x d
//     thrust_vector.hpp   vectors of Thrust, on the host or on a device
//     torch_*.hpp         LibTorch: tensors as batches, modules as denoisers and classifiers, training
//
//     using namespace cdl;
//     Eigen::MatrixXd m(3, 2); // read as two points in space, or as three in the plane
//     m << 1, 2, 3, 4, 5, 6;
//     const auto rows = as_batch_of_rows(m);
//     std::printf("%g %g\n", as_batch_of_columns(m)(1, 0), rows(1, 0)); // 2 3
//     const Eigen::Matrix3Xd columns = m;
//     static_assert(decltype(as_batch(columns))::static_dim == 3);

#include <cdl/adapter/eigen.hpp>
