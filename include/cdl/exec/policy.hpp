// SPDX-License-Identifier: MIT
#pragma once

// Where and how a computation runs is a value, passed first. A policy runs a body for every index in any order, sums a
// term over all indices with a tree fixed by their number, and has memory where it runs: it allocates, and it carries
// numbers there and back. Policies differ in speed and in the last bits, never in meaning; `serial` is the oracle.
// A policy of the host may be used within a body; if bodies throw, the caller gets the exception of the lowest index.
//
// A body may run on a device: it is a named struct that holds views and numbers by value, with a constant
// `CDL_HD operator()`. A lambda serves where only the host is meant.

#include <cdl/core/lanes.hpp>
#include <cdl/exec/buffer.hpp>
#include <cdl/exec/heavy.hpp>
#include <cdl/exec/reduce_tree.hpp>
#include <cdl/view/as_batch.hpp>

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

/// Satisfied by values that run bodies: exec::serial, exec::simd, exec::openmp, exec::thrust.
template <class P>
concept policy =
    requires { sizeof(P); } && std::copyable<P> && requires(const P p, index_t n, const double* from, double* to) {
        typename P::space;
        requires std::same_as<lane_t<typename P::template pack<double>>, double>; // what for_each_lanes<double> runs on
        p.for_each_index(n, archetype::index_body{});
        p.template for_each_lanes<double>(n, archetype::lanes_body{});
        { p.template sum_over<double>(n, archetype::lanes_term{}) } -> std::same_as<double>;
        { p.template allocate<double>(n) } -> std::same_as<buffer<double, typename P::space>>;
        {
            p.put(from, n)
        } -> std::same_as<buffer<double, typename P::space>>; // a copy, where the policy runs, of n numbers
        p.get(from, n, to); // copies n numbers from where the policy runs to the host, when they are ready
    };

// Declared here so that their names without their headers give an error that says which.
struct simd;   // cdl: #include <cdl/exec/simd.hpp>
struct openmp; // cdl: #include <cdl/exec/openmp.hpp>
template <class System>
struct thrust; // cdl: #include <cdl/exec/thrust.hpp>

/// Refuses to compile, in one sentence, what is given where a policy belongs and is none.
template <class P>
constexpr void require_policy() {
    // A constant, not the concept: compilers then say no more than the sentence. An incomplete type has an error of its own.
    constexpr bool good = policy<P> || !requires { sizeof(P); };
    static_assert(good, "cdl: the first argument must be an execution policy, such as exec::serial{}");
}

/// The view of a batch that the policy can reach. A batch in memory of another space does not compile.
template <policy P, batch B>
constexpr auto view_on(const P&, B& container) {
    static_assert(std::is_same_v<typename P::space, typename batch_view_of<B>::space>,
                  "cdl: the batch and the policy live in different memory: give a host policy containers of the host, "
                  "and a device policy containers of the device");
    return as_batch(container);
}

} // namespace cdl::exec
