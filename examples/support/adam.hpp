// SPDX-License-Identifier: MIT
#pragma once

// An optimiser for examples and tests: Adam [Kingma & Ba 2015, algorithm 1]. Networks have their framework's.

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace support {

/// Moves parameters against their gradient, each by about the rate: a running mean of the gradient over the root of a
/// running mean of its square, both free of the bias of starting at zero.
class adam {
public:
    explicit adam(std::size_t parameters, double mean_decay = 0.9, double square_decay = 0.999)
        : mean_decay_(mean_decay), square_decay_(square_decay), mean_(parameters), square_(parameters) {}

    void step(std::span<double> parameters, std::span<const double> gradient, double rate) {
        left_of_mean_ *= mean_decay_;
        left_of_square_ *= square_decay_;
        for (std::size_t p = 0; p < parameters.size(); ++p) {
            mean_[p] += (1 - mean_decay_) * (gradient[p] - mean_[p]);
            square_[p] += (1 - square_decay_) * (gradient[p] * gradient[p] - square_[p]);
            const double mean = mean_[p] / (1 - left_of_mean_), square = square_[p] / (1 - left_of_square_);
            parameters[p] -= rate * mean / (std::sqrt(square) + 1e-8);
        }
    }

    /// All that it remembers, 2 + 2 parameters numbers, for a training that is to go on later.
    std::vector<double> state() const {
        std::vector<double> all{left_of_mean_, left_of_square_};
        all.insert(all.end(), mean_.begin(), mean_.end());
        all.insert(all.end(), square_.begin(), square_.end());
        return all;
    }
    /// Goes on from such numbers, of an optimiser of as many parameters.
    void restore(std::span<const double> state) {
        left_of_mean_ = state[0], left_of_square_ = state[1];
        for (std::size_t p = 0; p < mean_.size(); ++p) {
            mean_[p] = state[2 + p];
            square_[p] = state[2 + mean_.size() + p];
        }
    }

private:
    double mean_decay_, square_decay_, left_of_mean_ = 1, left_of_square_ = 1;
    std::vector<double> mean_, square_;
};

} // namespace support
