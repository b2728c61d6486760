// SPDX-License-Identifier: MIT
#include "experiment.hpp"

namespace experiments {

experiment classifier() {
    return {}; // to be written
}

} // namespace experiments
