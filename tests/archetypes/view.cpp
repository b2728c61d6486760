// SPDX-License-Identifier: MIT
// The least that a point and a batch must offer is enough, and without any one of it the type is refused.

#include <cdl/channel/noising.hpp>
#include <cdl/exec/serial.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace archetypes {
using cdl::index_t;

struct minimal_point {
    double operator[](index_t) const { return 0; }
};
struct changing_point { // reading needs no change
    double operator[](index_t) { return 0; }
};
struct integer_point {
    int operator[](index_t) const { return 0; }
};
struct no_point {};
static_assert(cdl::point<minimal_point>);
static_assert(!cdl::point<changing_point> && !cdl::point<integer_point> && !cdl::point<no_point>);

/// A container of one's own: points on a line.
struct container {
    std::vector<double> numbers;
};
struct unknown_container {
    std::vector<double> numbers;
};
struct half_known_container {
    std::vector<double> numbers;
};
} // namespace archetypes

using namespace archetypes;

template <>
struct cdl::batch_adapter<container> {
    static constexpr bool owns = true;
    static auto view(container& c) { return cdl::as_batch(c.numbers); }
    static auto view(const container& c) { return cdl::as_batch(c.numbers); }
};
template <>
struct cdl::batch_adapter<half_known_container> {
    static constexpr bool owns = true; // no view
};

static_assert(cdl::batch<container> && cdl::writable_batch<container&> && !cdl::writable_batch<const container&>);
static_assert(!cdl::batch<unknown_container> && !cdl::batch<half_known_container>);

TEST_CASE("A container of one's own with an adapter is a batch") {
    const cdl::random::noise_stream stream{1, cdl::random::purpose::user};
    container c{std::vector<double>(5)};
    cdl::channel::draw_noise(cdl::exec::serial{}, stream, 0, c);
    CHECK(c.numbers[4] == cdl::random::normal(stream, 0, 4));
}
