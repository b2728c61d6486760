// SPDX-License-Identifier: MIT
#if defined(CDL_HAS_XTENSOR)
#include <cdl/adapter/xtensor.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/exec/serial.hpp>

#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#else
#include <xtensor/xadapt.hpp>
#endif

#include "laws/view.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace cdl;

namespace {
template <class C>
concept viewable = requires(C&& c) { as_batch(static_cast<C&&>(c)); };

using columns = xt::xtensor<double, 2, xt::layout_type::column_major>;
static_assert(batch<xt::xtensor<double, 2>> && batch<xt::xtensor<float, 1>> && batch<columns>);
static_assert(!batch<xt::xtensor<double, 3>>);
static_assert(writable_batch<xt::xtensor<double, 2>&> && !writable_batch<const xt::xtensor<double, 2>&>);
static_assert(viewable<xt::xtensor<double, 2>&> && !viewable<xt::xtensor<double, 2>>);
static_assert(batch_view_of<xt::xtensor<double, 1>>::static_dim == 1);

template <class Tensor>
void check_rows(Tensor& rows) {
    laws::view_laws(
        as_batch(rows), static_cast<index_t>(rows.shape(0)), static_cast<index_t>(rows.shape(1)),
        [&](index_t i, index_t j) { return &rows(static_cast<std::size_t>(i), static_cast<std::size_t>(j)); });
}
} // namespace

TEST_CASE("The rows of an xtensor of rank 2 are points without a copy in every storage") {
    xt::xtensor<double, 2> rows({5, 3}, 1.0);
    check_rows(rows);
    check_rows(std::as_const(rows));
    columns by_column({5, 3}, 1.0);
    check_rows(by_column);
    check_rows(std::as_const(by_column));
}

TEST_CASE("An xtensor of rank 1 is points on a line") {
    xt::xtensor<float, 1> line({7}, 1.0f);
    laws::view_laws(as_batch(line), 7, 1, [&](index_t i, index_t) { return &line(static_cast<std::size_t>(i)); });
}

TEST_CASE("What xtensor adapts is viewed where it is") {
    std::vector<double> memory(20, 1.0);
    auto adapted = xt::adapt(memory, std::array<std::size_t, 2>{4, 5});
    check_rows(adapted);
    CHECK(as_batch(adapted).data() == memory.data());
}

TEST_CASE("An xtensor with one point or one coordinate is viewed and drawn") {
    // xtensor gives an axis of length 1 the stride 0: nothing is shared by that
    const random::noise_stream stream{4, random::purpose::user};
    xt::xtensor<double, 2> one_point({1, 3}, 0.0), one_coordinate({4, 1}, 0.0);
    check_rows(one_point);
    check_rows(one_coordinate);
    channel::draw_noise(exec::serial{}, stream, 0, one_point);
    channel::draw_noise(exec::serial{}, stream, 0, one_coordinate);
    CHECK(one_point(0, 2) == random::normal(stream, 0, 0, 2));
    CHECK(one_coordinate(3, 0) == random::normal(stream, 0, 3, 0));
}

TEST_CASE("Functions of the library write tensors through in every storage") {
    const random::noise_stream stream{4, random::purpose::user};
    xt::xtensor<double, 2> rows({5, 3}, 0.0);
    columns by_column({5, 3}, 0.0);
    channel::draw_noise(exec::serial{}, stream, 0, rows);
    channel::draw_noise(exec::serial{}, stream, 0, by_column);
    for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
            CHECK(rows(i, j) == random::normal(stream, 0, static_cast<index_t>(i), static_cast<index_t>(j)));
            CHECK(by_column(i, j) == rows(i, j));
        }
}
#endif
