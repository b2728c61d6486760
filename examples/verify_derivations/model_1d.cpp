// SPDX-License-Identifier: MIT
#include "model_of.hpp"

namespace verify {

std::unique_ptr<model> make_model_1d(const data_set& data) {
    return std::make_unique<model_of<1, cdl::distribution::covariance::isotropic>>(data);
}

} // namespace verify
