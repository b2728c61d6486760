// SPDX-License-Identifier: MIT
// Tensors as batches and batches as tensors: the same memory, any strides, and what is refused.

#include <cdl/adapter/eigen.hpp>

#include <torch/testing.hpp>

using namespace cdl;
using test::complaint;

TEST_CASE("a tensor is looked at, not copied, whatever its strides") {
    torch::Tensor rows = torch::arange(12, torch::kFloat32).view({4, 3});
    const auto points = as_batch<float>(rows);
    CHECK(points.size() == 4);
    CHECK(points.dim() == 3);
    CHECK(points.data() == rows.data_ptr<float>());
    points(2, 1) = -1;
    CHECK(rows[2][1].item<float>() == -1);

    const torch::Tensor columns = rows.t(), every_other = rows.slice(0, 0, 4, 2);
    CHECK(as_batch<const float>(columns)(1, 2) == -1);
    CHECK(as_batch<const float, 3>(every_other)(1, 1) == -1);
    const torch::Tensor line = torch::arange(5, torch::kFloat64);
    CHECK(as_batch<const double>(line).dim() == 1);
    CHECK(as_batch<const double>(line)(3, 0) == 3);
    const torch::Tensor none = torch::empty({0, 3}, torch::kFloat64);
    CHECK(as_batch<const double>(none).size() == 0);
}

TEST_CASE("a batch is looked at as a tensor, whatever its strides") {
    std::vector<std::array<double, 2>> x{{1, 2}, {3, 4}, {5, 6}};
    const torch::Tensor rows = as_tensor(x);
    CHECK(rows.data_ptr<double>() == x[0].data());
    CHECK((rows.sizes() == torch::IntArrayRef({3, 2})));
    rows[1][0] = 7;
    CHECK(x[1][0] == 7);
    Eigen::Matrix<float, 2, Eigen::Dynamic, Eigen::RowMajor> columns(2, 3);
    columns << 1, 2, 3, 4, 5, 6;
    const auto points = as_batch_of_columns(columns);
    CHECK(torch::equal(as_tensor(points), torch::tensor({1.f, 4.f, 2.f, 5.f, 3.f, 6.f}).view({3, 2})));
    const batch_view<double, dynamic, strided> reversed(x[2].data(), 3, 2, -2, 1);
    CHECK(complaint([&] { as_tensor(reversed); }) ==
          "cdl::as_tensor: batch: must have strides that are not negative; got -2 and 1");
}

TEST_CASE("tensors that are not what was named are refused") {
    const torch::Tensor cube = torch::zeros({2, 2, 2}), ints = torch::zeros({2, 2}, torch::kInt32),
                        plane = torch::zeros({2, 2}), nothing;
    CHECK(complaint([&] { as_batch<float>(nothing); }) ==
          "cdl::as_batch: tensor: must be a dense tensor; got an undefined one");
    CHECK(complaint([&] { as_batch<float>(cube); }) == "cdl::as_batch: tensor: must have rank 1 or 2; got 3");
    CHECK(complaint([&] { as_batch<float>(ints); }) ==
          "cdl::as_batch: tensor: must hold the type named; got Int for Float");
    CHECK(complaint([&] { as_batch<double>(plane); }) ==
          "cdl::as_batch: tensor: must hold the type named; got Float for Double");
    CHECK(complaint([&] { as_batch<float, 3>(plane); }) ==
          "cdl::as_batch: tensor: must have the dimension named; got 2 for 3");
    CHECK(complaint([&] { as_batch<float, dynamic, device>(plane); }) ==
          "cdl::as_batch: tensor: must be in the memory named; got cpu");
    const torch::Tensor sparse = torch::eye(2).to_sparse();
    CHECK(complaint([&] { as_batch<float>(sparse); }) ==
          "cdl::as_batch: tensor: must be a dense tensor; got another layout");
    const torch::Tensor negated = torch::imag(torch::conj(torch::ones({2}, torch::kComplexFloat)));
    CHECK(complaint([&] { as_batch<float>(negated); }) ==
          "cdl::as_batch: tensor: must have its signs in memory; got one that LibTorch has yet to negate");
}

TEST_CASE("what is expanded is read, and refused where it is written") {
    const torch::Tensor one = torch::ones({1, 2}), many = one.expand({5, 2});
    const auto points = as_batch<float>(many);
    CHECK(points(4, 1) == 1);
    CHECK(complaint([&] { require_writable(points, "f", "out"); }).find("f: out: ") == 0);
}
