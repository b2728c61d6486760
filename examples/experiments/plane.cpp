// SPDX-License-Identifier: MIT
#include "experiment.hpp"

namespace experiments {

experiment plane() {
    return {}; // to be written
}

} // namespace experiments
