// SPDX-License-Identifier: MIT
// The least that an execution policy must offer is enough, and without any one of it the type is refused.

#include <cdl/channel/noising.hpp>
#include <cdl/exec/serial.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {
using cdl::index_t;

struct each_index {
    template <class Body>
    void for_each_index(index_t n, const Body& body) const {
        for (index_t i = n; i-- > 0;) body(i);
    }
};
struct each_lanes {
    template <class T, class Body>
    void for_each_lanes(index_t n, const Body& body) const {
        for (index_t i = n; i-- > 0;) body(cdl::lanes<T>{i, 1});
    }
};
struct sums {
    template <class T, class Term>
    T sum_over(index_t n, const Term& term) const {
        return cdl::exec::serial{}.sum_over<T>(n, term);
    }
};
struct allocates {
    template <class T>
    cdl::exec::buffer<T, cdl::host> allocate(index_t n) const {
        return cdl::exec::buffer<T, cdl::host>(n);
    }
    template <class T>
    cdl::exec::buffer<T, cdl::host> put(const T* numbers, index_t n) const {
        return cdl::exec::serial{}.put(numbers, n);
    }
};
struct gets {
    template <class T>
    void get(const T* numbers, index_t n, T* out) const {
        cdl::exec::serial{}.get(numbers, n, out);
    }
};
struct on_host {
    using space = cdl::host;
};
struct one_at_a_time {
    template <class T>
    using pack = T;
};

struct minimal : each_index, each_lanes, sums, allocates, gets, on_host, one_at_a_time {};
static_assert(cdl::exec::policy<minimal>);

struct without_space : each_index, each_lanes, sums, allocates, gets, one_at_a_time {};
struct without_pack : each_index, each_lanes, sums, allocates, gets, on_host {};
struct without_each_index : each_lanes, sums, allocates, gets, on_host, one_at_a_time {};
struct without_each_lanes : each_index, sums, allocates, gets, on_host, one_at_a_time {};
struct without_sums : each_index, each_lanes, allocates, gets, on_host, one_at_a_time {};
struct without_memory : each_index, each_lanes, sums, gets, on_host, one_at_a_time {};
struct without_get : each_index, each_lanes, sums, allocates, on_host, one_at_a_time {};
static_assert(!cdl::exec::policy<without_space>);
static_assert(!cdl::exec::policy<without_pack>);
static_assert(!cdl::exec::policy<without_each_index>);
static_assert(!cdl::exec::policy<without_each_lanes>);
static_assert(!cdl::exec::policy<without_sums>);
static_assert(!cdl::exec::policy<without_memory>);
static_assert(!cdl::exec::policy<without_get>);

struct changing { // policies are constant values
    using space = cdl::host;
    template <class Body>
    void for_each_index(index_t, const Body&) {}
};
struct only_changing : changing, each_lanes, sums, allocates, gets, one_at_a_time {
    using space = cdl::host;
};
static_assert(!cdl::exec::policy<only_changing>);

struct float_sums { // a sum has the type that was asked for
    template <class T, class Term>
    float sum_over(index_t, const Term&) const {
        return 0;
    }
};
struct wrong_sums : each_index, each_lanes, float_sums, allocates, gets, on_host, one_at_a_time {};
static_assert(!cdl::exec::policy<wrong_sums>);
static_assert(!cdl::exec::policy<int>);

} // namespace

TEST_CASE("A policy of one's own runs the functions of the library") {
    const cdl::random::noise_stream stream{1, cdl::random::purpose::user};
    std::vector<double> ours(7), serial(7);
    cdl::channel::draw_noise(minimal{}, stream, 0, ours);
    cdl::channel::draw_noise(cdl::exec::serial{}, stream, 0, serial);
    CHECK(ours == serial);
}
