// SPDX-License-Identifier: MIT
// A mixture trained as a noise classifier [CDM alg. 1] recovers the data: its logits are
// log densities, their input gradient is its denoiser, and both cotangents go back to its parameters.

#include <cdl/objective/classification.hpp>

#include <objective/fitting.hpp>

using namespace cdl;
using objective::classification;

namespace {

/// CDM's step for a mixture: logits log p_k(z) of T classes and log N(z; 0, I), and the gradient of F(z, k) at the
/// class k of each point, eps_hat(z, a_k) / N(a_k) - z.
class classifier_calls {
public:
    classifier_calls(const classification<double>& loss, index_t batch)
        : classes_(test::fitting_policy, loss.levels), n_(batch),
          training_(
              objective::prepare(test::fitting_policy, loss, test::plane_points(static_cast<std::size_t>(batch)))),
          logits_(static_cast<std::size_t>(batch * classes_.size())), gradients_(static_cast<std::size_t>(batch)),
          levels_(gradients_.size(), log_snr{0.}) {}

    void add_gradient(const test::plane_mixture& model, const test::plane_points& x, const random::noise_stream& stream,
                      index_t step, std::vector<double>& gradient) {
        const auto& policy = test::fitting_policy;
        const auto q = training_.queries(policy, x, stream, step);
        const classifier::exact exact(model.point(), classes_);
        classifier::logits(policy, exact, q.z, as_batch(logits_, classes_.size()));
        classifier::ratio_gradients(policy, exact, q.z, q.classes, gradients_);
        training_.value_and_cotangents(policy, as_batch(logits_, classes_.size()), gradients_,
                                       as_batch(logits_, classes_.size()), gradients_);
        for (index_t k = 1; k <= classes_.steps(); ++k) {
            const batch_view<const double, dynamic, strided> of_class(logits_.data() + k - 1, n_, 1, classes_.size(),
                                                                      1);
            model.pull_back_log_density(policy, q.z, classes_.view().level(k), of_class, gradient);
        }
        for (std::size_t i = 0; i < levels_.size(); ++i) {
            levels_[i] = classes_.view().level(q.classes[i]);
            for (double& c : gradients_[i]) c /= noise_scale(levels_[i]); // of F's gradient, now of eps_hat
        }
        model.pull_back(policy, q.z, levels_, gradients_, gradient);
    }

private:
    classifier::noise_classes<double> classes_;
    index_t n_;
    decltype(objective::prepare(test::fitting_policy, std::declval<const classification<double>&>(),
                                test::plane_points{})) training_;
    std::vector<double> logits_;
    test::plane_points gradients_;
    std::vector<log_snr<double>> levels_;
};

/// Ten levels, and how much each part counts.
classification<double> weighing(double cross_entropy, double squared_error) {
    return {schedule::discrete_levels<double>::uniform_noise(10), {}, cross_entropy, squared_error};
}

} // namespace

TEST_CASE("classification recovers the parameters of the data") {
    classifier_calls published(weighing(.001, 1), 128);
    test::check_recovered("classification, the paper's weights", published, .15, {.batch = 128});
}

TEST_CASE("the exact classifier is a stationary point of cross entropy, of its squared error and of both") {
    classifier_calls entropy(weighing(1, 0), 256), squares(weighing(0, 1), 256), both(weighing(1, 1), 256);
    test::check_stationary("cross entropy", entropy, 256, 100);
    test::check_stationary("squared error of the gradient", squares, 256, 200);
    test::check_stationary("cross entropy and squared error", both, 256, 100);
}
