// SPDX-License-Identifier: MIT
#include <cdl/adapter/eigen.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/metric/mmd.hpp>

#include "laws/view.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace cdl;

namespace {
template <class C>
concept viewable = requires(C&& c) { as_batch(static_cast<C&&>(c)); };

using row_major = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using row_of_two = Eigen::Matrix<double, Eigen::Dynamic, 2, Eigen::RowMajor>;
using strided_map = Eigen::Map<Eigen::MatrixXd, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;

// what is stored is a batch, an expression is not
static_assert(batch<Eigen::MatrixXd> && batch<Eigen::Array3Xf> && batch<Eigen::Vector2d>);
static_assert(batch<Eigen::Map<Eigen::MatrixXd>> && batch<Eigen::Ref<Eigen::MatrixXd>> && batch<strided_map>);
static_assert(!batch<decltype(Eigen::MatrixXd() + Eigen::MatrixXd())> && !batch<decltype(Eigen::MatrixXd() * 2.0)>);
static_assert(writable_batch<Eigen::MatrixXd&> && !writable_batch<const Eigen::MatrixXd&>);
static_assert(!writable_batch<Eigen::Map<const Eigen::MatrixXd>&>);
static_assert(!writable_batch<Eigen::Ref<const Eigen::MatrixXd>&>);
// owners must be named, views need not be
static_assert(viewable<Eigen::MatrixXd&> && viewable<const Eigen::MatrixXd&>);
static_assert(!viewable<Eigen::MatrixXd> && !viewable<Eigen::ArrayXXf> && !viewable<Eigen::Vector3d>);
static_assert(viewable<Eigen::Map<Eigen::MatrixXd>> && viewable<Eigen::Block<Eigen::MatrixXd>>);
// the layout and the dimension are known at compile time where Eigen knows them
template <class M>
using view_of = batch_view_of<M>;
static_assert(std::is_same_v<view_of<Eigen::MatrixXd>, batch_view<double, dynamic, point_major>>);
static_assert(std::is_same_v<view_of<const Eigen::Matrix3Xf>, batch_view<const float, 3, point_major>>);
static_assert(std::is_same_v<view_of<Eigen::Map<const Eigen::MatrixXd>>, batch_view<const double, dynamic>>);
static_assert(std::is_same_v<view_of<Eigen::RowVectorXd>, batch_view<double, 1, coord_major>>);
static_assert(std::is_same_v<view_of<strided_map>, batch_view<double, dynamic, strided>>);
static_assert(std::is_same_v<view_of<Eigen::Vector3d>, batch_view<double, 3, point_major>>);
// ... and the reading where it is said
template <class M>
using rows_of = decltype(as_batch_of_rows(std::declval<M&>()));
template <class M>
using columns_of = decltype(as_batch_of_columns(std::declval<M&>()));
static_assert(std::is_same_v<columns_of<row_major>, batch_view<double, dynamic, coord_major>>);
static_assert(std::is_same_v<columns_of<Eigen::Matrix<float, 2, Eigen::Dynamic, Eigen::RowMajor>>,
                             batch_view<float, 2, coord_major>>);
static_assert(std::is_same_v<rows_of<row_major>, batch_view<double, dynamic, point_major>>);
static_assert(std::is_same_v<rows_of<const row_of_two>, batch_view<const double, 2, point_major>>);
static_assert(std::is_same_v<rows_of<Eigen::MatrixXd>, batch_view<double, dynamic, coord_major>>);
static_assert(std::is_same_v<rows_of<Eigen::Map<const row_of_two>>, batch_view<const double, 2, point_major>>);
static_assert(std::is_same_v<rows_of<strided_map>, batch_view<double, dynamic, strided>>);
static_assert(std::is_same_v<rows_of<Eigen::VectorXd>, batch_view<double, 1, coord_major>>);
// no reading of what is gone at the end of the line, nor of a constant reference, which may hold a copy of its own
template <class C>
concept readable = requires(C&& c) { as_batch_of_rows(static_cast<C&&>(c)); } ||
                   requires(C&& c) { as_batch_of_columns(static_cast<C&&>(c)); };
static_assert(!readable<Eigen::MatrixXd> && !readable<row_major> && !readable<Eigen::Ref<const row_major>>);
static_assert(!readable<const Eigen::MatrixXd> && !readable<decltype(Eigen::MatrixXd() * 2.0)>);
static_assert(!viewable<Eigen::Ref<const Eigen::MatrixXd>> && viewable<Eigen::Ref<const Eigen::MatrixXd>&>);
static_assert(readable<row_major&> && readable<Eigen::Map<row_major>> && readable<Eigen::Ref<row_major>>);

/// The laws of a view, at the addresses that Eigen gives.
template <class M>
void check_said_columns(M& columns) {
    laws::view_laws(as_batch_of_columns(columns), columns.cols(), columns.rows(),
                    [&](index_t i, index_t j) { return &columns.coeffRef(j, i); });
}
template <class M>
void check_columns(M& columns) {
    laws::view_laws(as_batch(columns), columns.cols(), columns.rows(),
                    [&](index_t i, index_t j) { return &columns.coeffRef(j, i); });
    check_said_columns(columns);
}
template <class M>
void check_rows(M& rows) {
    laws::view_laws(as_batch_of_rows(rows), rows.rows(), rows.cols(),
                    [&](index_t i, index_t j) { return &rows.coeffRef(i, j); });
}

template <class M>
M filled(Eigen::Index rows, Eigen::Index cols) {
    M m(rows, cols);
    for (Eigen::Index i = 0; i < rows; ++i)
        for (Eigen::Index j = 0; j < cols; ++j) m(i, j) = static_cast<typename M::Scalar>(10 * i + j);
    return m;
}
} // namespace

TEST_CASE("The columns of an Eigen matrix are points without a copy in every storage") {
    auto dynamic_matrix = filled<Eigen::MatrixXd>(3, 5);
    check_columns(dynamic_matrix);
    check_columns(std::as_const(dynamic_matrix));
    auto rows = filled<row_major>(3, 5);
    check_said_columns(rows);
    auto fixed = filled<Eigen::Matrix<float, 2, 4>>(2, 4);
    check_columns(fixed);
    auto fixed_rows = filled<Eigen::Matrix<float, 2, 4, Eigen::RowMajor>>(2, 4);
    check_said_columns(fixed_rows);
    auto array = filled<Eigen::Array<double, 3, Eigen::Dynamic>>(3, 6);
    check_columns(array);
    Eigen::MatrixXd empty(3, 0);
    check_columns(empty);
}

TEST_CASE("A column vector is one point and a row vector is points on a line") {
    Eigen::VectorXd column = Eigen::VectorXd::LinSpaced(4, 0, 3);
    check_columns(column);
    CHECK(as_batch(column).size() == 1);
    CHECK(as_batch(column).dim() == 4);
    Eigen::RowVectorXd row = Eigen::RowVectorXd::LinSpaced(4, 0, 3);
    check_columns(row);
    CHECK(as_batch(row).size() == 4);
    CHECK(as_batch(row).dim() == 1);
}

TEST_CASE("Maps and references and blocks of Eigen are viewed where they are") {
    std::vector<double> memory(60);
    Eigen::Map<Eigen::MatrixXd> map(memory.data(), 3, 5);
    check_columns(map);
    strided_map wide(memory.data(), 3, 5, {12, 2});
    check_columns(wide);
    Eigen::Map<const Eigen::MatrixXd> constant(memory.data(), 3, 5);
    laws::view_laws(as_batch(constant), 5, 3, [&](index_t i, index_t j) { return memory.data() + 3 * i + j; });

    auto matrix = filled<Eigen::MatrixXd>(6, 8);
    auto block = matrix.block(1, 2, 3, 4);
    check_columns(block);
    CHECK(as_batch(block).data() == &matrix(1, 2));
    auto inner_rows = matrix.row(2);
    check_columns(inner_rows);
    Eigen::Ref<Eigen::MatrixXd> reference = matrix.middleCols(2, 3);
    check_columns(reference);
    CHECK(as_batch(reference).data() == &matrix(0, 2));
    auto rows = filled<row_major>(6, 8);
    auto inner_block = rows.block(1, 2, 3, 4);
    check_said_columns(inner_block);
    check_rows(inner_block);
    auto transposed = matrix.transpose();
    check_said_columns(transposed);
    check_rows(transposed);
    check_rows(wide);
    check_rows(reference);
}

TEST_CASE("The rows of an Eigen matrix are points without a copy in every storage") {
    auto by_rows = filled<row_major>(5, 3);
    check_rows(by_rows);
    check_rows(std::as_const(by_rows));
    auto by_columns = filled<Eigen::MatrixXd>(5, 3);
    check_rows(by_columns);
    auto of_two = filled<row_of_two>(7, 2);
    check_rows(of_two);
    auto fixed = filled<Eigen::Matrix<float, 4, 2>>(4, 2);
    check_rows(fixed);
    Eigen::VectorXd line = Eigen::VectorXd::LinSpaced(4, 0, 3);
    check_rows(line);
    CHECK(as_batch_of_rows(line).size() == 4);
    Eigen::RowVectorXd point = Eigen::RowVectorXd::LinSpaced(4, 0, 3);
    check_rows(point);
    CHECK(as_batch_of_rows(point).size() == 1);
    row_major empty(0, 3);
    check_rows(empty);
}

TEST_CASE("Two samples in the rows of matrices are compared as what they are") {
    row_of_two x(200, 2), y(200, 2); // 200 points of 2 coordinates, as NumPy hands them over
    for (int i = 0; i < 200; ++i)
        for (int j = 0; j < 2; ++j) {
            x(i, j) = random::normal({1}, 0, i, j);
            y(i, j) = 0.5 + random::normal({1}, 1, i, j);
        }
    const auto k = metric::gaussian<double>::with_standard_deviation(1);
    const Eigen::MatrixXd y_by_columns = y, y_transposed = y.transpose();
    const auto mmd = [&](const auto& points) {
        return metric::mmd(exec::serial{}, k, as_batch_of_rows(x), points).unbiased;
    };
    CHECK(mmd(as_batch_of_rows(y)) == doctest::Approx(0.0764612082).epsilon(1e-8));
    CHECK(mmd(as_batch_of_rows(y_by_columns)) == mmd(as_batch_of_rows(y)));
    CHECK(mmd(y_transposed) == mmd(as_batch_of_rows(y)));
    CHECK(mmd(as_batch_of_columns(y_transposed)) == mmd(as_batch_of_rows(y)));
}

TEST_CASE("Functions of the library write Eigen matrices through in every storage") {
    const random::noise_stream stream{4, random::purpose::user};
    Eigen::MatrixXd columns(3, 5);
    row_major rows(3, 5);
    Eigen::MatrixXd frame = Eigen::MatrixXd::Constant(5, 9, -1);
    channel::draw_noise(exec::serial{}, stream, 0, columns);
    channel::draw_noise(exec::serial{}, stream, 0, as_batch_of_columns(rows));
    channel::draw_noise(exec::serial{}, stream, 0, frame.block(1, 2, 3, 5));
    for (Eigen::Index i = 0; i < 5; ++i)
        for (Eigen::Index j = 0; j < 3; ++j) {
            CHECK(columns(j, i) == random::normal(stream, 0, i, j));
            CHECK(rows(j, i) == columns(j, i));
            CHECK(frame(j + 1, i + 2) == columns(j, i));
        }
    CHECK((frame.array() == -1).count() == 45 - 15);
    Eigen::MatrixXd z(3, 5);
    channel::add_noise(exec::serial{}, columns, pure_noise<double>(), as_batch_of_columns(rows), z);
    CHECK(z == columns);
}
