// SPDX-License-Identifier: MIT
// A mixture of two components trained on the points of a CSV file, one number a line, by the denoising objective and plain gradient descent.

#include <cdl/cdl.hpp>

#include <cstdio>
#include <fstream>

int main(int count, char** words) {
    using namespace cdl;
    constexpr exec::serial policy;
    if (count < 2) return std::puts("train_on_csv FILE, one number a line"), 1;
    std::vector<double> x;
    std::ifstream file(words[1]);
    for (double number; file >> number;) x.push_back(number);

    denoiser::trainable_mixture<double, 1> model(2, {0, 0, -1, .5, 0, 0}); // logits, means, log variances
    auto training = objective::prepare(policy, objective::denoising{}, x);
    std::vector<double> c(x.size()), theta(model.parameters().begin(), model.parameters().end());
    for (index_t step = 0; step < 1000; ++step) {
        const auto q = training.queries(policy, x, {.seed = 1}, step); // where the denoiser is to be evaluated
        model(policy, q.z, q.levels, c);
        training.value_and_cotangent(policy, c, c); // now d value / d eps_hat
        std::vector<double> gradient(theta.size());
        model.pull_back(policy, q.z, q.levels, c, gradient);
        for (std::size_t p = 0; p < theta.size(); ++p) theta[p] -= 0.5 * gradient[p];
        model.set_parameters(theta);
    }
    const auto& found = model.mixture();
    std::printf("%d points\n", static_cast<int>(x.size()));
    for (index_t k = 0; k < 2; ++k)
        std::printf("weight %.2f  mean %5.2f  variance %.2f\n", found.weight(k), found.mean(k, 0),
                    found.variance(k, 0));
}
