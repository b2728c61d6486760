// SPDX-License-Identifier: MIT
#pragma once

// What classifiers learned, as tables and figures.

#include "classifier_known.hpp"
#include "experiment.hpp"

#include <string>
#include <vector>

namespace experiments::cdm {

/// A way to train, or the exact classifier.
struct variant {
    std::string name;   ///< of folders
    std::string title;  ///< of tables and figures
    std::string colour; ///< of lines
    loss_weights weights;
    bool exact = false; ///< not trained at all
};

/// The losses, then the exact classifier.
const std::vector<variant>& variants();

/// "classifier/two_modes-both/seed-1"
std::string known_job_name(const known_data& data, const variant& of, index_t seed);

/// Of each training, and about how long a core takes for them.
index_t training_steps(const settings& chosen);
double training_seconds(const settings& chosen);

/// The tables and figures of the sets whose density is known.
std::string known_report(const settings& chosen, support::output& to);

} // namespace experiments::cdm
