// SPDX-License-Identifier: MIT
#include "model_of.hpp"

namespace verify {

std::unique_ptr<model> make_model_nd(const data_set& data) {
    using cdl::distribution::covariance;
    if (data.isotropic) return std::make_unique<model_of<cdl::dynamic, covariance::isotropic>>(data);
    return std::make_unique<model_of<cdl::dynamic, covariance::full>>(data);
}

} // namespace verify
