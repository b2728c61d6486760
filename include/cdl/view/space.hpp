// SPDX-License-Identifier: MIT
#pragma once

// Where memory lives is part of a view's type, so that a device view given to a host policy does not compile.

namespace cdl {

/// Memory of the CPU.
struct host {};

/// Memory of an accelerator.
struct device {};

} // namespace cdl
