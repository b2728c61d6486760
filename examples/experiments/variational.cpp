// SPDX-License-Identifier: MIT
#include "experiment.hpp"

namespace experiments {

experiment variational() {
    return {}; // to be written
}

} // namespace experiments
