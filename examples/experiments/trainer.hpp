// SPDX-License-Identifier: MIT
#pragma once

// A training that may be killed at any moment and goes on as if it had not been. All that it has besides the parameters of the
// network is in one file, its checkpoint; batches and noise come by address, (seed, step), and are in none. So a training that
// was resumed ends with the same bits as one that was not.

#include <cdl/adapter/torch_tensor.hpp>

#include "progress.hpp"

#include <functional>
#include <string>
#include <vector>

namespace experiments {

/// What decides a training besides the network and its gradients.
struct training_settings {
    std::string label; ///< one line that says what else decides it: seed, data, batch, loss
    index_t steps = 1000;
    double rate = 1e-3;      ///< of Adam, highest
    index_t warmup = 0;      ///< steps in which the rate rises to that, linearly
    bool cosine = true;      ///< whether it then falls to 0 along a cosine
    double mean_decay = 0.9; ///< of Adam
    double square_decay = 0.999;
    double weight_decay = 0; ///< decoupled from the gradient: AdamW's
    double clip = 0;         ///< the longest gradient; 0: any
    double ema = 0.999;      ///< decay of the average of the parameters; after t steps min(ema, (1 + t) / (10 + t))
    index_t checkpoint_every = 1000;

    /// Throws std::invalid_argument on settings that make no sense.
    void check() const;
    /// The rate of step 0, 1, ..., steps - 1.
    double rate_at(index_t step) const;
    /// One line that says what decides the result; not `checkpoint_every`.
    std::string text() const;
};

/// Trains a network by Adam. Its parameters, which must be floats on the host, are laid into one piece of memory, and so are
/// their gradients, into which torch accumulates. FOLDER/checkpoint.bin is the state; FOLDER/log.csv has about 200 lines: step,
/// smoothed loss, rate, seconds.
class trainer {
public:
    /// Makes the folder. Where it has a checkpoint the training goes on from there; one that is not whole or belongs to other
    /// settings or another network is a support::bad_input. `extra`: what the step function keeps of its own, saved and restored
    /// with the rest; may be null; must outlive the trainer.
    trainer(torch::nn::Module& network, training_settings settings, std::string folder,
            std::vector<double>* extra = nullptr);

    /// Trains to the end. `step_function(step)` adds the gradients to those of the parameters, which are zero before, and returns
    /// the loss. A loss or a gradient that is not finite ends the training by std::runtime_error.
    void run(const std::function<double(index_t)>& step_function, progress& report);

    index_t step() const { return step_; } ///< steps taken
    double smoothed_loss() const;          ///< the mean of about the last 50 losses; NaN before the first
    void use_average();                    ///< makes the averaged parameters those of the network; after `run`

private:
    std::string file(const char* name) const { return folder_ + "/" + name; }
    std::string shapes() const;
    void take_step();
    void log_line(double rate, double seconds);
    void save() const;
    void resume();
    double resume_log();

    torch::nn::Module& network_;
    training_settings settings_;
    std::string folder_;
    std::vector<double>* extra_;
    torch::Tensor parameters_, gradient_;
    std::vector<float> mean_, square_, average_; ///< Adam's two, and the averaged parameters
    index_t step_ = 0;
    double loss_sum_ = 0, loss_weight_ = 0; ///< smoothed_loss
    double seconds_before_ = 0;             ///< it was resumed
    bool averaged_ = false;
};

} // namespace experiments
