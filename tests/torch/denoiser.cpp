// SPDX-License-Identifier: MIT
// Networks of LibTorch as denoisers and classifiers: the conventions, the types, the refusals, TorchScript files.

#include <cdl/adapter/eigen.hpp>
#include <cdl/adapter/torch_classifier.hpp>
#include <cdl/adapter/torch_denoiser.hpp>
#include <cdl/denoiser/from_classifier.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/openmp.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/picard.hpp>
#include <cdl/schedule/discrete_grids.hpp>

#include <torch/testing.hpp>

#include <filesystem>
#include <fstream>

using namespace cdl;
namespace {
TORCH_MODULE_IMPL(held_network, cdl::test::told_network);
} // namespace
using adapter::torch_classifier;
using adapter::torch_denoiser;
using denoiser::parametrisation;
using test::complaint;
using test::told_network;

namespace {

constexpr exec::serial policy{};
using points = std::vector<std::array<double, 2>>;

const points some{{0.5, -1}, {2, 0.25}, {-0.75, 3}};
const std::vector<log_snr<double>> levels{{-2.0}, {0.5}, {4.0}};

points answers_of(const torch_denoiser<double>& f) {
    points eps_hat(some.size());
    f(policy, some, levels, eps_hat);
    return eps_hat;
}

/// A TorchScript file of `code`, with a weight of 2 x 2.
class script_file {
public:
    explicit script_file(const std::string& code, torch::Dtype type = torch::kFloat64)
        : name_((std::filesystem::temp_directory_path() / ("cdl_" + std::to_string(::getpid()) + ".pt")).string()) {
        torch::jit::Module net("net");
        net.register_parameter("weight", torch::tensor({1.0, 2.0, 3.0, 4.0}).view({2, 2}).to(type), false);
        net.define(code);
        net.save(name_);
    }
    ~script_file() { std::filesystem::remove(name_); }
    script_file(const script_file&) = delete;
    script_file& operator=(const script_file&) = delete;

    const std::string& name() const { return name_; }

private:
    std::string name_;
};

constexpr const char* linear = "def forward(self, z, told):\n    return torch.mm(z, self.weight) + told.unsqueeze(1)\n";

} // namespace

TEST_CASE("every convention is that of from_network: shown, told, predicted") {
    std::vector<log_snr<double>> table{{5.0}, {1.0}, {0.0}, {-3.0}};
    for (const auto output : {denoiser::predicts::eps, denoiser::predicts::x, denoiser::predicts::v,
                              denoiser::predicts::score, denoiser::predicts::edm})
        for (const auto level :
             {denoiser::told::log_snr, denoiser::told::edm_sigma, denoiser::told::edm_c_noise, denoiser::told::step})
            for (const auto input : {denoiser::shown::z, denoiser::shown::y, denoiser::shown::scaled_y}) {
                const parametrisation<double> convention{
                    output, level, input, 0.5, denoiser::sorted_levels<double>(table), 1};
                const auto net = std::make_shared<told_network>(2);
                const auto got = answers_of(torch_denoiser<double>(net, convention));
                CHECK((net->seen_told.scalar_type() ==
                       (level == denoiser::told::step ? torch::kInt64 : torch::kFloat64)));
                denoiser::from_network by_hand(policy, convention, [&](const auto&, auto in, auto told, auto out) {
                    const torch::NoGradGuard no_graph;
                    const auto told_as =
                        torch::from_blob(const_cast<double*>(told.data()), {in.size()}, torch::kFloat64);
                    as_tensor(out).copy_(net->forward(as_tensor(in), told_as));
                });
                points want(some.size());
                by_hand(policy, some, levels, want);
                for (std::size_t i = 0; i < some.size(); ++i)
                    for (std::size_t j = 0; j < 2; ++j) CHECK(got[i][j] == doctest::Approx(want[i][j]).epsilon(1e-14));
            }
}

TEST_CASE("a network that works in place changes nothing of the caller's, and its answers are the same") {
    const auto out_of_place = [](const torch::Tensor& z, const torch::Tensor& told) {
        return torch::relu(z) + 0 * told.unsqueeze(1);
    };
    const auto in_place = [](torch::Tensor z, torch::Tensor told) { return z.relu_().add_(told.zero_().unsqueeze(1)); };
    const auto with = [](auto net) {
        return answers_of(torch_denoiser<double>(adapter::torch_network<torch::Tensor, torch::Tensor>(net),
                                                 {.output = denoiser::predicts::v}));
    };
    const points before = some;
    CHECK((with(in_place) == with(out_of_place)));
    CHECK((some == before));

    const torch_classifier<double> c(adapter::torch_network<torch::Tensor>([](torch::Tensor z) { return z.relu_(); }),
                                     2);
    points logits(some.size());
    c.logits(policy, some, logits);
    CHECK((some == before));
    CHECK((logits == points{{0.5, 0}, {2, 0.25}, {0, 3}}));
}

TEST_CASE("the network is given numbers of its own type") {
    const auto net = std::make_shared<told_network>(2);
    const auto exact = answers_of(torch_denoiser<double>(net));
    CHECK(net->seen_told[2].item<double>() == 4);

    const auto single = std::make_shared<told_network>(2, torch::kFloat32);
    const auto rounded = answers_of(torch_denoiser<double>(single));
    CHECK((single->seen_points.scalar_type() == torch::kFloat32));
    for (std::size_t i = 0; i < some.size(); ++i) CHECK(rounded[i][0] == doctest::Approx(exact[i][0]).epsilon(1e-5));

    single->to(torch::kFloat64); // moved after the denoiser was made: it follows
    CHECK(answers_of(torch_denoiser<double>(single))[1][0] == doctest::Approx(rounded[1][0]).epsilon(1e-5));
    CHECK((single->seen_points.scalar_type() == torch::kFloat64));
}

TEST_CASE("a network is a shared pointer, a holder or a function, and not a null pointer") {
    const auto net = std::make_shared<told_network>(2);
    const auto want = answers_of(torch_denoiser<double>(net));
    CHECK((answers_of(torch_denoiser<double>(held_network(net))) == want));
    CHECK((answers_of(torch_denoiser<double>(adapter::torch_network<torch::Tensor, torch::Tensor>(
               [&](const torch::Tensor& z, const torch::Tensor& told) { return net->forward(z, told); }))) == want));
    const torch::nn::Linear logits(2, 3);
    const torch_classifier<float> classifier(logits, 3);
    CHECK(classifier.parameters().size() == 2);
    const std::string none = "cdl::adapter::torch_network: network: must be a module; got a null pointer";
    CHECK(complaint([] { torch_denoiser<double>{std::shared_ptr<told_network>()}; }) == none);
    CHECK(complaint([] { torch_denoiser<double>{held_network(nullptr)}; }) == none);
}

TEST_CASE("a network with the exact noise of N(0, I) is that denoiser for samplers, in sequence and in parallel") {
    const auto exact = [](const torch::Tensor& z, const torch::Tensor& a) {
        return z * torch::sqrt(torch::sigmoid(-a)).unsqueeze(1);
    };
    const torch_denoiser<double> f(adapter::torch_network<torch::Tensor, torch::Tensor>{exact});
    static_assert(denoiser::batch_denoiser<decltype(f), exec::serial, double>);
    const distribution::gaussian_mixture<double, 2, distribution::covariance::isotropic> normal({1}, {0, 0}, {1});
    const auto grid = schedule::all_steps(schedule::discrete_levels<double>::uniform_noise(20));
    points z = some, same = some, parallel = some;
    sampler::run(policy, sampler::ddim{}, f, grid, z);
    sampler::run(policy, sampler::ddim{}, denoiser::optimal(normal), grid, same);
    sampler::picard(policy, sampler::ddim{}, f, std::span<const log_snr<double>>(grid), parallel, {.tolerance = 0});
    for (std::size_t i = 0; i < some.size(); ++i)
        for (std::size_t j = 0; j < 2; ++j) {
            CHECK(z[i][j] == doctest::Approx(same[i][j]).epsilon(1e-13));
            CHECK(parallel[i][j] == doctest::Approx(z[i][j]).epsilon(1e-13));
        }
}

TEST_CASE("a point has the same answer in every batch, layout and policy, to rounding") {
    const torch_denoiser<double> f(std::make_shared<told_network>(2));
    const auto all = answers_of(f);
    for (std::size_t i = 0; i < some.size(); ++i) {
        const points alone{some[i]};
        points eps_hat(1);
        f(policy, alone, levels[i], eps_hat);
        for (std::size_t j = 0; j < 2; ++j) CHECK(eps_hat[0][j] == doctest::Approx(all[i][j]).epsilon(1e-14));
    }
    Eigen::MatrixXd columns(2, 3), across(2, 3);
    for (index_t i = 0; i < 3; ++i) columns.col(i) << some[i][0], some[i][1];
    const Eigen::Matrix<double, 2, Eigen::Dynamic, Eigen::RowMajor> rows = columns;
    f(policy, as_batch_of_columns(rows), levels, across);
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(across(1, static_cast<index_t>(i)) == doctest::Approx(all[i][1]).epsilon(1e-14));
    points many(2500), of_many(2500); // more than the network is handed at a time
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = some[i % 3];
    f(policy, many, levels[1], of_many);
    points want(3);
    f(policy, some, levels[1], want);
    for (std::size_t i = 0; i < many.size(); ++i)
        CHECK(of_many[i][0] == doctest::Approx(want[i % 3][0]).epsilon(1e-14));
    points none;
    f(policy, none, log_snr<double>{0.0}, none); // nothing to do
}

TEST_CASE("wrong batches and wrong networks are refused in one line, and nothing is written") {
    const torch_denoiser<double> f(std::make_shared<told_network>(2));
    points eps_hat(2, {9, 9}), z(3);
    CHECK(complaint([&] { f(policy, z, levels, eps_hat); }) ==
          "cdl::adapter::torch_denoiser: eps_hat: must have the shape of z; got 2 x 2 for 3 x 2");
    CHECK(complaint([&] {
              f(policy, z, std::span(levels).first(2), z);
          }).find("levels: must be one, or one for each point") != std::string::npos);
    CHECK(complaint([&] { f(policy, z, levels, z); }).find("eps_hat: must not be z") != std::string::npos);

    const auto said = [&](auto net) {
        points out(3, {9, 9});
        const std::string text = complaint([&] {
            torch_denoiser<double>(adapter::torch_network<torch::Tensor, torch::Tensor>(net))(policy, some, levels,
                                                                                              out);
        });
        CHECK((out == points(3, {9, 9})));
        CHECK(text.find('\n') == std::string::npos);
        return text;
    };
    using torch::Tensor;
    const std::string who = "cdl::adapter::torch_denoiser: network: ";
    CHECK(said(std::make_shared<told_network>(3)) ==
          who + "must take [3, 2] of Double on cpu and [3] of Double on cpu; got mat1 and mat2 shapes cannot be "
                "multiplied (3x3 and 4x8)");
    CHECK(said([](const Tensor& x, const Tensor&) { return x.sum(1); }) == who + "must return [3, 2]; got [3]");
    CHECK(said([](const Tensor& x, const Tensor&) { return x.t(); }) == who + "must return [3, 2]; got [2, 3]");
    CHECK(said([](const Tensor& x, const Tensor&) { return x.to(torch::kFloat32); }) ==
          who + "must return numbers of the type of its parameters; got Float for double");
    CHECK(said([](const Tensor&, const Tensor&) { return Tensor(); }) ==
          who + "must return a tensor; got an undefined one");

    points many(2500), out(2500, {9, 9}); // the second of three calls fails
    int calls = 0;
    CHECK(complaint([&] {
              torch_denoiser<double>(adapter::torch_network<Tensor, Tensor>([&](const Tensor& x, const Tensor&) {
                  return ++calls == 2 ? x.sum(1) : x;
              }))(policy, many, levels[0], out);
          }) == who + "must return [1024, 2]; got [1024]");
    CHECK((out == points(2500, {9, 9})));

    // For want of memory nobody is to blame: what LibTorch throws comes through.
    const torch_denoiser<double> greedy(adapter::torch_network<Tensor, Tensor>(
        [](const Tensor& x, const Tensor&) { return torch::empty({index_t{1} << 50}, x.options()); }));
    out.resize(3);
    CHECK_THROWS_AS(greedy(policy, some, levels, out), c10::Error);

    const auto mixed = std::make_shared<told_network>(2);
    mixed->out->to(torch::kFloat32);
    CHECK(complaint([&] { torch_denoiser<double>{mixed}; }) ==
          "cdl::adapter::torch_network: network: must have parameters of one type on one device; got Float on cpu "
          "beside Double on cpu");
    CHECK(complaint([&] {
              torch_denoiser<double>(std::make_shared<told_network>(2), {.level = denoiser::told::step});
          }) == "cdl::adapter::torch_denoiser: steps: must be given where steps are told; got none");
}

TEST_CASE("a TorchScript file is a denoiser") {
    const script_file file(linear);
    const auto got = answers_of(torch_denoiser<double>(adapter::load_torch_script(file.name())));
    for (std::size_t i = 0; i < some.size(); ++i) {
        CHECK(got[i][0] == some[i][0] + 3 * some[i][1] + levels[i].value);
        CHECK(got[i][1] == 2 * some[i][0] + 4 * some[i][1] + levels[i].value);
    }
}

TEST_CASE("a network whose numbers are all buffers is given points of their type") {
    torch::jit::Module net("net");
    net.register_buffer("scale", torch::tensor({2.0f}, torch::kFloat32));
    net.define("def forward(self, z, told):\n    return torch.mul(z, self.scale).to(self.scale.dtype)\n");
    const auto got = answers_of(torch_denoiser<double>(net));
    for (std::size_t i = 0; i < some.size(); ++i) CHECK(got[i][1] == 2 * some[i][1]);
}

TEST_CASE("a TorchScript file of the wrong shape, type or device gives one clear error") {
    const auto said = [&](const std::string& code, torch::Dtype type = torch::kFloat64) {
        const script_file file(code, type);
        const std::string text =
            complaint([&] { answers_of(torch_denoiser<double>(adapter::load_torch_script(file.name()))); });
        CHECK(text.find('\n') == std::string::npos);
        return text;
    };
    const std::string who = "cdl::adapter::torch_denoiser: network: ";
    CHECK(said("def forward(self, z, told):\n    return torch.mm(z, torch.cat([self.weight, self.weight]))\n") ==
          who + "must take [3, 2] of Double on cpu and [3] of Double on cpu; got RuntimeError: mat1 and mat2 shapes "
                "cannot be multiplied (3x2 and 4x2)");
    CHECK(said("def forward(self, z, told):\n    return torch.mm(z, self.weight)[:, :1]\n") ==
          who + "must return [3, 2]; got [3, 1]");
    CHECK(said("def forward(self, z, told):\n    return torch.mm(z, self.weight).float()\n") ==
          who + "must return numbers of the type of its parameters; got Float for double");
    CHECK(said("def forward(self, z, told):\n    return torch.mm(z.double(), self.weight)\n", torch::kFloat32)
              .find(who + "must take [3, 2] of Float on cpu") == 0);
    CHECK(said("def forward(self, z, told):\n    return (z, told)\n")
              .find("cdl::adapter::torch_network: network: must return a tensor; got ") == 0);
    CHECK(said("def forward(self, z):\n    return z\n").find(who + "must take ") == 0);
    const std::runtime_error raised(
        "The following operation failed in the TorchScript interpreter.\nTraceback of "
        "TorchScript (most recent call last):\n  <--- HERE\nbuiltins.ValueError: one point\n");
    CHECK(adapter::detail::reason_of(raised) == "builtins.ValueError: one point"); // of a file that Python made

    const script_file file(linear);
    if (!torch::cuda::is_available())
        CHECK(complaint([&] { adapter::load_torch_script(file.name(), torch::kCUDA); }) ==
              "cdl::adapter::load_torch_script: device: must be there; got cuda");
    for (const std::string& absent : {std::string("nowhere.pt"), std::string(300, 'x')})
        CHECK(complaint([&] { adapter::load_torch_script(absent); }) ==
              "cdl::adapter::load_torch_script: file: must be a file that can be read; got " + absent);
    std::ofstream(file.name()) << "no archive";
    CHECK(complaint([&] {
              adapter::load_torch_script(file.name());
          }).find("file: must hold a TorchScript module; got " + file.name()) != std::string::npos);
}

TEST_CASE("a classifier's logits and input gradients make the denoiser of CDM eq. 6") {
    // The exact classifier of two unit Gaussians, by its logits log p_k(z), written in tensors.
    const auto table = schedule::discrete_levels<double>::uniform_noise(6);
    const auto net = [&](const torch::Tensor& z) {
        std::vector<torch::Tensor> logits;
        for (index_t k = 1; k <= 7; ++k) {
            const double S = k < 7 ? signal_scale(table.level(k)) : 0;
            const torch::Tensor left = -0.5 * (z + 2 * S).pow(2).sum(1), right = -0.5 * (z - 2 * S).pow(2).sum(1);
            logits.push_back(torch::logaddexp(left, right));
        }
        return torch::stack(logits, 1);
    };
    const torch_classifier<double> c(adapter::torch_network<torch::Tensor>{net}, 7);
    const distribution::gaussian_mixture<double, 2, distribution::covariance::isotropic> two({1, 1}, {-2, -2, 2, 2},
                                                                                             {1, 1});
    const denoiser::optimal exact(two);
    std::vector<log_snr<double>> steps;
    for (index_t k = 1; k <= 6; ++k) steps.push_back(table.level(k));
    denoiser::from_batch_classifier f(policy, steps, std::cref(c));
    points got(3), want(3);
    for (const auto a : steps) {
        f(policy, some, a, got);
        exact(policy, some, a, want);
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 2; ++j) CHECK(got[i][j] == doctest::Approx(want[i][j]).epsilon(1e-12));
    }
    std::vector<double> logits(21);
    c.logits(policy, some, as_batch(logits, 7));
    for (std::size_t i = 0; i < 3; ++i) // differences of logits are those of log densities
        CHECK(logits[7 * i] - logits[7 * i + 6] ==
              doctest::Approx(exact.log_density(some[i], steps[0]) - exact.log_density(some[i], pure_noise<double>()))
                  .epsilon(1e-12));

    CHECK(complaint([&] { c.logits(policy, some, as_batch(logits, 3)); }) ==
          "cdl::adapter::torch_classifier::logits: out: must have a number for each point and class; got 7 x 3 for 3 x "
          "7");
    std::vector<double> fewer(15);
    const torch_classifier<double> of_five(adapter::torch_network<torch::Tensor>{net}, 5);
    CHECK(complaint([&] { of_five.logits(policy, some, as_batch(fewer, 5)); }) ==
          "cdl::adapter::torch_classifier: network: must return [3, 5]; got [3, 7]");
    const std::vector<index_t> outside{1, 8, 2};
    CHECK(complaint([&] { c(policy, some, std::span<const index_t>(outside), got); }) ==
          "cdl::adapter::torch_classifier: classes: must be from 1 to their number; got 8");
    const torch_classifier<double> constant(adapter::torch_network<torch::Tensor>([](const torch::Tensor& z) {
                                                return torch::zeros({z.size(0), 7}, z.options());
                                            }),
                                            7);
    constant(policy, some, std::span<const index_t>(std::vector<index_t>{1, 7, 2}), got);
    CHECK((got == points(3)));
    CHECK(complaint([&] { torch_classifier<double>(adapter::torch_network<torch::Tensor>{net}, 1); }) ==
          "cdl::adapter::torch_classifier: classes: must be at least 2; got 1");
}
