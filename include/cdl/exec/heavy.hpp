// SPDX-License-Identifier: MIT
#pragma once

// How a caller says that each index of a loop is worth a thread of its own.

#include <cdl/core/lanes.hpp>

namespace cdl::exec {

/// A body of which a single call takes a tenth of a millisecond or more: policy.for_each_index(n, exec::heavy{body}).
///
/// A policy with threads may then share out two indices, where otherwise it would run small loops on the calling thread. Results
/// do not depend on it.
template <class Body>
struct heavy {
    Body body;

    CDL_HD void operator()(index_t i) const { body(i); }
};

template <class Body>
heavy(Body) -> heavy<Body>;

namespace detail {
template <class Body>
inline constexpr bool is_heavy = false;
template <class Body>
inline constexpr bool is_heavy<heavy<Body>> = true;
} // namespace detail

} // namespace cdl::exec
