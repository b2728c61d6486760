// SPDX-License-Identifier: MIT
#if defined(CDL_HAS_THRUST)
#include <cdl/adapter/thrust_vector.hpp>
#include <cdl/channel/noising.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/exec/thrust.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using namespace cdl;

namespace {
template <class B>
constexpr bool viewable = requires(B&& b) { as_batch(std::forward<B>(b)); };

static_assert(batch<::thrust::device_vector<float>> && writable_batch<::thrust::device_vector<float>>);
static_assert(batch<const ::thrust::host_vector<double>> && !writable_batch<const ::thrust::host_vector<double>>);
static_assert(viewable<::thrust::host_vector<float>&> && !viewable<::thrust::host_vector<float>>); // it would dangle
static_assert(!batch<::thrust::host_vector<int>>);
} // namespace

TEST_CASE_TEMPLATE("A Thrust vector is a batch of points on a line without a copy", V, ::thrust::host_vector<double>,
                   ::thrust::device_vector<double>) {
    V v(3);
    v[0] = 1, v[1] = 2, v[2] = 4;
    const auto view = as_batch(v);
    CHECK(std::is_same_v<std::remove_const_t<decltype(view)>, batch_view<double, 1>>); // the device is the host here
    CHECK(view.data() == ::thrust::raw_pointer_cast(v.data()));
    CHECK(view.size() == 3);
    CHECK(view(2, 0) == 4);
    view(1, 0) = 7;
    CHECK(v[1] == 7);

    const V& constant = v;
    CHECK(std::is_same_v<decltype(as_batch(constant)), batch_view<const double, 1>>);
    CHECK(as_batch(constant).data() == view.data());
}

TEST_CASE("A Thrust vector is a batch of points of several coordinates") {
    ::thrust::device_vector<float> v(6);
    for (std::size_t i = 0; i < 6; ++i) v[i] = static_cast<float>(i);
    const auto view = as_batch(v, 3);
    CHECK(view.size() == 2);
    CHECK(view.dim() == 3);
    CHECK(view(1, 2) == 5);
    const ::thrust::device_vector<float>& constant = v;
    CHECK(as_batch(constant, 2)(2, 1) == 5);
    CHECK(as_batch(v, 6).size() == 1);
}

TEST_CASE("An empty Thrust vector is an empty batch of any dimension") {
    ::thrust::device_vector<float> none;
    CHECK(as_batch(none).size() == 0);
    CHECK(as_batch(none, 5).size() == 0);
    CHECK(as_batch(none, 5).dim() == 5);
    channel::draw_noise(exec::thrust{::thrust::device}, {1, random::purpose::user}, 0, as_batch(none, 5));
}

TEST_CASE("A Thrust vector that is no whole number of points is refused") {
    ::thrust::device_vector<float> v(7);
    CHECK_THROWS_WITH_AS(as_batch(v, 3),
                         "cdl::as_batch: vector: must be a whole number of points; got 7 numbers for dimension 3",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(as_batch(v, 0), "cdl::as_batch: dim: must be at least 1; got 0", std::invalid_argument);
}

TEST_CASE("Functions of the library take Thrust vectors") {
    const random::noise_stream stream{1, random::purpose::user};
    ::thrust::device_vector<double> there(597);
    std::vector<double> here(597);
    channel::draw_noise(exec::thrust{::thrust::device}, stream, 0, there);
    channel::draw_noise(exec::serial{}, stream, 0, here);
    const ::thrust::host_vector<double> back = there;
    CHECK(std::vector<double>(back.begin(), back.end()) == here);
}
#endif
