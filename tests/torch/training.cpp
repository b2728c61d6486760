// SPDX-License-Identifier: MIT
// Gradients of a network's parameters through the three calls of every objective equal those of the same loss written in tensors
// alone. The queries' noise is taken from the objective; everything after it, schedule and losses, is written here by the papers.

#include <cdl/adapter/torch_classifier.hpp>
#include <cdl/adapter/torch_training.hpp>
#include <cdl/density/data_scale.hpp>
#include <cdl/objective/contrastive.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/objective/variational.hpp>
#include <cdl/objective/weighted_sum.hpp>
#include <cdl/schedule/linear_log_snr.hpp>
#include <cdl/schedule/monotone_network.hpp>
#include <cdl/schedule/uniform_times.hpp>

#include <torch/testing.hpp>

using namespace cdl;
using adapter::torch_denoiser;
using test::relative_distance;
using test::told_network;
using torch::Tensor;

namespace {

constexpr exec::serial policy{};
using points = std::vector<std::array<double, 2>>;
const random::noise_stream stream{.seed = 5};
constexpr index_t step = 3;
constexpr double bound = 1.5e-13; ///< of the largest gradient of a parameter

points some_points() {
    points x;
    for (int i = 0; i < 12; ++i) x.push_back({std::sin(3.0 * i), 0.3 * i - 2});
    return x;
}

Tensor column(const std::vector<double>& numbers) {
    return torch::tensor(numbers, torch::kFloat64).unsqueeze(1);
}

/// The queries of a prepared objective as tensors of their own.
struct question {
    Tensor z, a, signal, noise; ///< m x d, and m x 1

    template <class Training, class X>
    question(Training& training, const X& x) {
        const auto q = training.queries(policy, x, stream, step);
        std::vector<double> levels;
        for (index_t i = 0; i < q.size(); ++i) levels.push_back(q.levels[i].value);
        z = as_tensor(q.z).clone();
        a = column(levels);
        signal = torch::sqrt(torch::sigmoid(a));
        noise = torch::sqrt(torch::sigmoid(-a));
    }
};

/// eps_hat of the network in a convention, in tensors.
Tensor eps_hat_of(told_network& net, const question& q, denoiser::predicts output) {
    const Tensor sigma = torch::exp(-q.a / 2), s = torch::full_like(sigma, 0.5);
    if (output == denoiser::predicts::edm) {
        const Tensor y = q.z / q.signal, c_in = 1 / torch::sqrt(sigma * sigma + s * s);
        const Tensor D =
            s * s * c_in * c_in * y + sigma * s * c_in * net.forward(c_in * y, (torch::log(sigma) / 4).squeeze(1));
        return (y - D) / sigma;
    }
    const Tensor out = net.forward(q.z, q.a.squeeze(1));
    if (output == denoiser::predicts::v) return q.signal * out + q.noise * q.z;
    if (output == denoiser::predicts::x) return (q.z - q.signal * out) / q.noise;
    if (output == denoiser::predicts::score) return -q.noise * out;
    return out;
}

/// Checks a loss for every prediction. `in_tensors(training, q, eps_hat)` is the same loss in tensors alone.
template <class Loss, class InTensors>
void check_gradients(const char* name, const Loss& loss, const points& x, const InTensors& in_tensors,
                     double within = bound) {
    double worst = 0;
    for (const auto output : {denoiser::predicts::eps, denoiser::predicts::x, denoiser::predicts::v,
                              denoiser::predicts::score, denoiser::predicts::edm}) {
        const auto net = std::make_shared<told_network>(2);
        const auto convention = output == denoiser::predicts::edm ? denoiser::parametrisation<double>::edm()
                                                                  : denoiser::parametrisation<double>{.output = output};
        const torch_denoiser<double> f(net, convention);
        auto training = objective::prepare(policy, loss, x);
        const question q(training, x); // asked once more by `backward`, which draws the same
        net->zero_grad();
        const auto value = adapter::backward(policy, training, f, x, stream, step);
        std::vector<Tensor> through_cdl;
        for (const auto& p : net->parameters()) through_cdl.push_back(p.grad().clone());

        net->zero_grad();
        const Tensor own = in_tensors(training, q, eps_hat_of(*net, q, output));
        own.backward();
        CHECK(value.value == doctest::Approx(own.item<double>()).epsilon(1e-12));
        for (std::size_t p = 0; p < through_cdl.size(); ++p)
            test::keep_largest(worst, relative_distance(through_cdl[p], net->parameters()[p].grad()));
    }
    test::check_within(std::string(name) + ": gradients through cdl against autograd alone", worst, within);
}

/// eps of z = S x + N eps, at the first queries, one for each point.
Tensor noise_in(const question& q, const points& x) {
    const auto first = [&](const Tensor& numbers) { return numbers.slice(0, 0, std::ssize(x)); };
    return (first(q.z) - first(q.signal) * as_tensor(x)) / first(q.noise);
}

Tensor squares(const Tensor& residual) {
    return residual.pow(2).sum(1, true);
}

} // namespace

TEST_CASE("denoising: L_simple, EDM's and min-SNR's factors, weights in the integral") {
    const auto x = some_points();
    const schedule::logistic_levels law{.location = 0.5, .scale = 1.5};
    const auto weighted = [&](const auto& weight) {
        return [&x, weight](auto&, const question& q, const Tensor& eps_hat) {
            return (weight(q.a) * squares(noise_in(q, x) - eps_hat)).mean();
        };
    };
    const auto inverse_density = [](const Tensor& a) { // 1 / q of the logistic law
        return 1.5 / (torch::sigmoid((a - 0.5) / 1.5) * torch::sigmoid((0.5 - a) / 1.5));
    };
    check_gradients("simple", objective::denoising{law, objective::simple()}, x,
                    weighted([](const Tensor& a) { return torch::ones_like(a); }));
    check_gradients("edm", objective::denoising{law, objective::edm(0.5)}, x,
                    weighted([](const Tensor& a) { return 1 + 4 * torch::exp(-a); }));
    check_gradients("min-SNR", objective::denoising{law, objective::min_snr()}, x,
                    weighted([](const Tensor& a) { return torch::clamp_max(5 * torch::exp(-a), 1); }));
    check_gradients("vlb", objective::denoising{law, objective::vlb()}, x,
                    weighted([&](const Tensor& a) { return inverse_density(a) / 2; }));
    check_gradients("sigmoid", objective::denoising{law, objective::sigmoid()}, x,
                    weighted([&](const Tensor& a) { return torch::sigmoid(2 - a) * inverse_density(a) / 2; }));
    const schedule::linear_log_snr<double> linear(log_snr{6.0}, log_snr{-5.0});
    check_gradients("uniform time", objective::denoising{schedule::uniform_in_schedule{linear}, objective::simple()}, x,
                    weighted([](const Tensor& a) { return torch::ones_like(a); }));
}

namespace {

/// CDL eqs. 7 and 8 in tensors, for the queries first, ..., first + count - 1: the mean over n points of softplus(y LLR(w)). The first
/// half of the queries are z = S(a) w + N(a) eps at levels a, whose errors count less sigmoid(a) |eps|^2; in the second half the denoiser is told beta, of which zeta is a part,
/// and its answers count b = N(a) / N(beta).
template <class Evaluator>
Tensor contrast_in_tensors(const Evaluator& e, const question& q, const Tensor& eps_hat, index_t first, index_t count,
                           index_t n, const schedule::logistic_levels& law) {
    const index_t half = count / 2;
    const Tensor w = torch::tensor(e.classified_points(policy), torch::kFloat64).view({n, 1, 2}),
                 y = column(e.labels(policy)), zeta = column(e.zetas(policy)).unsqueeze(2);
    const auto part = [&](index_t which, const Tensor& numbers) {
        return numbers.slice(0, first + which * half, first + (which + 1) * half).view({n, half / n, -1});
    };
    const auto weighted_error = [&](const Tensor& a, const Tensor& z, const Tensor& answer, const Tensor& b) {
        const Tensor u = (a - law.location) / law.scale,
                     eps = (z - torch::sqrt(torch::sigmoid(a)) * w) / torch::sqrt(torch::sigmoid(-a));
        const Tensor inverse_density = law.scale / (torch::sigmoid(u) * torch::sigmoid(-u));
        return (inverse_density * ((eps - b * answer).pow(2) - torch::sigmoid(a) * eps.pow(2)).sum(2, true)).squeeze(2);
    };
    const Tensor a = part(0, q.a), beta = part(1, q.a);
    const Tensor of_noised =
        torch::logit(torch::sigmoid(beta) / torch::sigmoid(zeta)); // sigmoid(beta) = sigmoid(a) sigmoid(zeta)
    const Tensor b = torch::sqrt(torch::sigmoid(-of_noised) / torch::sigmoid(-beta));
    const Tensor ratio = 0.5 * (weighted_error(a, part(0, q.z), part(0, eps_hat), torch::ones_like(b)) -
                                weighted_error(of_noised, part(1, q.z), part(1, eps_hat), b))
                                   .mean(1, true);
    return torch::softplus(y * ratio).mean();
}

} // namespace

TEST_CASE("contrast, with common random numbers and with independent ones, and its sum with denoising") {
    const auto x = some_points();
    const schedule::logistic_levels law{.location = 0, .scale = 1};
    objective::contrastive loss{.zetas = schedule::uniform_levels{0, 2}, .law = law, .levels = 4, .points = 5};
    const auto in_tensors = [&](auto& training, const question& q, const Tensor& eps_hat) {
        return contrast_in_tensors(training.evaluator(), q, eps_hat, 0, 40, 5, law);
    };
    check_gradients("contrast, common random numbers", loss, x, in_tensors,
                    5e-10); // the levels that are undone above cost digits
    check_gradients(
        "denoising + 3 contrast", objective::weighted_sum{objective::denoising{law}, 1, loss, 3}, x,
        [&](auto& training, const question& q, const Tensor& eps_hat) {
            const Tensor of_denoising = squares(noise_in(q, x) - eps_hat.slice(0, 0, 12)).mean();
            return of_denoising + 3 * contrast_in_tensors(training.evaluator().second(), q, eps_hat, 12, 40, 5, law);
        },
        3e-13);
    loss.common_random_numbers = false;
    check_gradients("contrast, independent draws", loss, x, in_tensors);
}

TEST_CASE("the variational bound in continuous time and with T steps, of continuous and of discrete data") {
    const schedule::linear_log_snr<double> linear(log_snr{6.0}, log_snr{-5.0});
    const auto in_tensors = [&](const points& x, index_t steps) {
        return [&x, steps](auto& training, const question& q, const Tensor& eps_hat) {
            const auto parts = training.evaluator().parts(policy); // the ends do not know the network
            const double T = static_cast<double>(steps);
            const Tensor weight =
                steps == 0 ? torch::full_like(q.a, 5.5) : T / 2 * torch::expm1(torch::full_like(q.a, 11 / T));
            return (weight * squares(noise_in(q, x) - eps_hat)).mean() + parts.prior.value + parts.reconstruction.value;
        };
    };
    const auto x = some_points();
    points bytes = x;
    for (auto& point : bytes)
        for (double& v : point)
            v = density::eight_bit().value(static_cast<double>(density::eight_bit().index_of(v / 2)));
    check_gradients("variational", objective::variational{linear}, x, in_tensors(x, 0));
    check_gradients("variational, T = 7", objective::variational{linear, density::continuous_data{}, 7}, x,
                    in_tensors(x, 7));
    check_gradients("variational, bytes", objective::variational{linear, density::eight_bit()}, bytes,
                    in_tensors(bytes, 0));
}

TEST_CASE("classification: cross entropy and the squared error of the gradient, by second derivatives") {
    const auto x = some_points();
    const auto levels = schedule::discrete_levels<double>::uniform_noise(6);
    double worst = 0;
    for (const auto& [of_classes, of_errors] : {std::pair{1.0, 0.0}, std::pair{0.0, 1.0}, std::pair{0.001, 1.0}}) {
        torch::manual_seed(3);
        torch::nn::Sequential net(torch::nn::Linear(2, 8), torch::nn::SiLU(), torch::nn::Linear(8, 7));
        net->to(torch::kFloat64);
        const adapter::torch_classifier<double> classifier(net, 7);
        auto training =
            objective::prepare(policy, objective::classification<double>{levels, {}, of_classes, of_errors}, x);
        const auto value = adapter::backward(policy, training, classifier, x, stream, step);
        std::vector<Tensor> through_cdl;
        for (const auto& p : net->parameters()) through_cdl.push_back(p.grad().clone());

        net->zero_grad();
        const auto q = training.queries(policy, x, stream, step);
        const Tensor z = as_tensor(q.z).clone().requires_grad_(true), logits = net->forward(z);
        std::vector<std::int64_t> columns;
        std::vector<double> noises, signals;
        for (const index_t k : q.classes) {
            columns.push_back(k - 1);
            noises.push_back(k < 7 ? noise_scale(levels.level(k)) : 1);
            signals.push_back(k < 7 ? signal_scale(levels.level(k)) : 0);
        }
        const Tensor k = torch::tensor(columns).unsqueeze(1), noise = column(noises), signal = column(signals);
        const Tensor ratio = logits.slice(1, 6, 7) - logits.gather(1, k);
        const Tensor gradient = torch::autograd::grad({ratio.sum()}, {z}, {}, true, true)[0];
        const Tensor eps = (z.detach() - signal * as_tensor(x)) / noise;
        const Tensor errors = squares(eps - noise * (gradient + z.detach())) * (k < 6);
        const Tensor own = of_classes * -torch::log_softmax(logits, 1).gather(1, k).mean() + of_errors * errors.mean();
        own.backward();
        CHECK(value.value == doctest::Approx(own.item<double>()).epsilon(1e-12));
        for (std::size_t p = 0; p < through_cdl.size(); ++p)
            if (of_classes > 0 ||
                p + 1 < through_cdl.size()) // a last bias has no gradient: the common part of logits drops out
                test::keep_largest(worst, relative_distance(through_cdl[p], net->parameters()[p].grad()));
    }
    test::check_within("classification: gradients through cdl against autograd alone", worst, bound);
}

TEST_CASE(
    "gradients in float are those in double to 1e-5, whatever the number's type of the caller and of the network") {
    const auto x = some_points();
    std::vector<std::array<float, 2>> single;
    for (const auto& point : x) single.push_back({static_cast<float>(point[0]), static_cast<float>(point[1])});
    const objective::denoising loss{schedule::logistic_levels{.location = 0, .scale = 1}};
    const auto gradient_of = [&](const auto& points_of, torch::Dtype type) {
        using T = std::remove_cvref_t<decltype(points_of[0][0])>;
        const auto net = std::make_shared<told_network>(2, type);
        auto training = objective::prepare(policy, loss, points_of);
        adapter::backward(policy, training, torch_denoiser<T>(net, {.output = denoiser::predicts::v}), points_of,
                          stream, step);
        return net->in->weight.grad().to(torch::kFloat64);
    };
    const Tensor exact = gradient_of(x, torch::kFloat64);
    test::check_within("float, float", relative_distance(gradient_of(single, torch::kFloat32), exact), 1e-5);
    test::check_within("double, float", relative_distance(gradient_of(x, torch::kFloat32), exact), 1e-5);
    test::check_within("float, double", relative_distance(gradient_of(single, torch::kFloat64), exact), 1e-5);
}

TEST_CASE("gradients add up over calls, and a refused call changes none") {
    const auto x = some_points();
    const auto net = std::make_shared<told_network>(2);
    const torch_denoiser<double> f(net);
    auto training =
        objective::prepare(policy, objective::denoising{schedule::logistic_levels{.location = 0, .scale = 1}}, x);
    adapter::backward(policy, training, f, x, stream, step);
    const Tensor once = net->in->weight.grad().clone();
    adapter::backward(policy, training, f, x, stream, step);
    CHECK(relative_distance(net->in->weight.grad(), 2 * once) <= 1e-14);
    const points other(3);
    CHECK(test::complaint([&] {
              adapter::backward(policy, training, f, other, stream, step);
          }).find("cdl::objective::queries: x: must have the shape") == 0);
    CHECK(relative_distance(net->in->weight.grad(), 2 * once) <= 1e-14);
}

TEST_CASE("a network with nothing to train is refused") {
    const auto x = some_points();
    auto training = objective::prepare(policy, objective::denoising{}, x);
    const std::string want = "cdl::adapter::backward: network: must have parameters that need gradients; got none";
    const torch_denoiser<double> f(adapter::torch_network<torch::Tensor, torch::Tensor>(
        [](const torch::Tensor& z, const torch::Tensor&) { return z; }));
    CHECK(test::complaint([&] { adapter::backward(policy, training, f, x, stream, step); }) == want);
    const auto frozen = std::make_shared<told_network>(2);
    for (auto& parameter : frozen->parameters()) parameter.requires_grad_(false);
    CHECK(test::complaint(
              [&] { adapter::backward(policy, training, torch_denoiser<double>(frozen), x, stream, step); }) == want);
}

TEST_CASE(
    "a schedule is learned through a network: the gradient of the bound by its parameters is that of differences") {
    const auto x = some_points();
    schedule::monotone_network<double> schedule(log_snr{3.0}, log_snr{-4.0}, 3);
    auto start = schedule.parameters();
    for (std::size_t p = 2; p < start.size(); ++p) start[p] += 0.1 * std::sin(static_cast<double>(p));
    double worst = 0;
    for (const auto level : {denoiser::told::log_snr, denoiser::told::edm_sigma})
        for (const auto output : {denoiser::predicts::eps, denoiser::predicts::v, denoiser::predicts::edm}) {
            const auto net = std::make_shared<told_network>(2);
            const torch_denoiser<double> f(net, {.output = output, .level = level, .input = denoiser::shown::scaled_y});
            const auto bound_of = [&](std::vector<double>* gradient) {
                auto training = objective::prepare(policy, objective::variational{schedule}, x);
                points of_z(x.size());
                std::vector<double> of_level(x.size());
                const auto value = adapter::backward(policy, training, f, x, stream, step, of_z, of_level.data());
                if (gradient != nullptr) {
                    const auto& e = training.evaluator();
                    objective::pull_back(schedule, e.level_cotangents(policy, x, of_z, of_level),
                                         std::span<double>(*gradient));
                    objective::pull_back(schedule, e.end_cotangents(policy, x), std::span<double>(*gradient));
                }
                return value.value;
            };
            schedule.set_parameters(start);
            std::vector<double> gradient(start.size());
            bound_of(&gradient);
            double largest = 0;
            for (const double g : gradient) largest = std::max(largest, std::abs(g));
            for (std::size_t p = 0; p < start.size(); ++p) {
                const auto shifted = [&](double h) {
                    auto parameters = start;
                    parameters[p] += h;
                    schedule.set_parameters(parameters);
                    return bound_of(nullptr);
                };
                const double h = 4e-4,
                             difference =
                                 (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h);
                test::keep_largest(worst, std::abs(gradient[p] - difference) / largest);
            }
        }
    test::check_within("schedule gradient through LibTorch against differences", worst, 2e-10);

    schedule.set_parameters(start);
    auto training = objective::prepare(policy, objective::variational{schedule}, x);
    points few(3);
    CHECK(test::complaint([&] {
              adapter::backward(policy, training, torch_denoiser<double>(std::make_shared<told_network>(2)), x, stream,
                                step, few, nullptr);
          }) == "cdl::adapter::backward: z_cotangent: must have the shape of the queries; got 3 x 2 for 12 x 2");
}
