// SPDX-License-Identifier: MIT
#include "model_of.hpp"

namespace verify {

std::unique_ptr<model> make_model_2d(const data_set& data) {
    using cdl::distribution::covariance;
    if (data.isotropic) return std::make_unique<model_of<2, covariance::isotropic>>(data);
    return std::make_unique<model_of<2, covariance::full>>(data);
}

} // namespace verify
