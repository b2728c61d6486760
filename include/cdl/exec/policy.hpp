// SPDX-License-Identifier: MIT
#pragma once

// Where and how a computation runs is a value, passed first. A policy offers three operations: run a body for every
// index in any order, sum a term over all indices with a tree fixed by their number, and allocate memory where it
// runs. Policies differ in speed and in the last bits, never in meaning; `serial` is the oracle.

#include <cdl/core/lanes.hpp>
#include <cdl/exec/buffer.hpp>
#include <cdl/exec/reduce_tree.hpp>

namespace cdl::exec {

namespace archetype {
/// What `for_each_index` asks of a body: constant, callable with an index. It may write only what no other index
/// writes.
struct index_body {
    CDL_HD void operator()(index_t) const {}
};

/// What `for_each_lanes` asks of a body: callable with a group of points of any scalar made of T.
struct lanes_body {
    template <class S>
    CDL_HD void operator()(lanes<S>) const {}
};

/// What `sum_over` asks of a term: a group of points gives one value in each lane.
struct lanes_term {
    template <class S>
    CDL_HD S operator()(lanes<S>) const {
        return S(0);
    }
};
} // namespace archetype

/// Satisfied by values that run bodies: exec::serial, exec::simd, exec::openmp.
template <class P>
concept policy = std::copyable<P> && requires(const P p, index_t n) {
    typename P::space;
    p.for_each_index(n, archetype::index_body{});
    p.template for_each_lanes<double>(n, archetype::lanes_body{});
    { p.template sum_over<double>(n, archetype::lanes_term{}) } -> std::same_as<double>;
    { p.template allocate<double>(n) } -> std::same_as<buffer<double, typename P::space>>;
};

} // namespace cdl::exec
