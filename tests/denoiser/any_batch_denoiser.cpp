// SPDX-License-Identifier: MIT
// A denoiser whose type is forgotten gives what it holds gives, whatever that is, and behaves as a value.

#include <cdl/denoiser/any_batch_denoiser.hpp>
#include <cdl/denoiser/from_network.hpp>
#include <cdl/denoiser/optimal.hpp>
#include <cdl/sampler/ddim.hpp>
#include <cdl/sampler/run.hpp>

#include <distribution/testing.hpp>

#include <array>
#include <functional>
#include <memory>
#include <vector>

using namespace cdl;
using cdl::distribution::covariance;
using cdl::distribution::gaussian_mixture;
using denoiser::any_batch_denoiser;

namespace {

/// The denoiser of standard normal data, as a function of one point, of plain numbers alone.
struct of_points {
    void operator()(const point_view<const double>& z, const log_snr<double>& a, const point_view<double>& out) const {
        for (index_t j = 0; j < z.size(); ++j) out[j] = noise_scale(a) * z[j];
    }
};

/// The same as a batch denoiser that counts its calls.
struct of_batches {
    int calls = 0;
    template <class P, class Z, class E>
    void operator()(const P&, const Z& z, level_view<double> levels, const E& out) {
        ++calls;
        for (index_t i = 0; i < z.size(); ++i)
            for (index_t j = 0; j < z.dim(); ++j) out(i, j) = noise_scale(levels[i]) * z(i, j);
    }
};

/// The same as a function that is no template and needs no policy.
void plain(const batch_view<const double>& z, const level_view<double>& levels, const batch_view<double>& out) {
    of_batches{}(exec::serial{}, z, levels, out);
}

/// The same, and cannot be copied.
struct not_copyable : of_batches {
    std::unique_ptr<int> state = std::make_unique<int>(0);
};

static_assert(denoiser::batch_denoiser<any_batch_denoiser<double>, exec::serial, double>);
static_assert(denoiser::batch_denoiser<any_batch_denoiser<float>, exec::serial, float>);
static_assert(!denoiser::batch_denoiser<any_batch_denoiser<float>, exec::serial, double>);
static_assert(std::copyable<any_batch_denoiser<double>>);
static_assert(std::is_convertible_v<of_points, any_batch_denoiser<double>>);
#if defined(CDL_HAS_OPENMP)
static_assert(denoiser::batch_denoiser<any_batch_denoiser<double, exec::openmp>, exec::openmp, double>);
static_assert(!denoiser::batch_denoiser<any_batch_denoiser<double>, exec::openmp, double>); // another policy
#endif

const std::vector<double> numbers{-3, 0.5, 2, 7, -1, 0.25, 1, -8, 4, 11, -0.5, 6};

std::vector<log_snr<double>> levels_for(index_t n) {
    std::vector<log_snr<double>> levels;
    for (index_t i = 0; i < n; ++i) levels.push_back({static_cast<double>(i) - 2});
    return levels;
}

/// The points of `numbers`, d coordinates each, in memory with the coordinates side by side, apart, or the points side by side.
std::vector<batch_view<double, dynamic, strided>> arrangements(std::vector<double>& memory, index_t n, index_t d) {
    memory.assign(static_cast<std::size_t>(n * (2 * d + 3)), -77);
    return {{memory.data(), n, d, d, 1},
            {memory.data(), n, d, 2 * d + 3, 1},
            {memory.data(), n, d, 2 * d + 3, 2},
            {memory.data(), n, d, 1, n},
            {memory.data() + (n - 1) * d, n, d, -d, 1}};
}

/// Whether f gives eps_hat = noise_scale z for all arrangements of z and eps_hat, with one level and with many, and writes nothing
/// else.
template <class P>
bool is_of_standard_normal(const P& policy, std::type_identity_t<any_batch_denoiser<double, P>> f) {
    bool right = true;
    for (const index_t d : {1, 2, 3})
        for (std::size_t from = 0; from < 5; ++from)
            for (std::size_t to = 0; to < 5; ++to)
                for (const bool common : {false, true}) {
                    const index_t n = 12 / d;
                    std::vector<double> memory_z, memory_out;
                    const auto z = arrangements(memory_z, n, d)[from], out = arrangements(memory_out, n, d)[to];
                    for (index_t k = 0; k < 12; ++k) z(k / d, k % d) = numbers[static_cast<std::size_t>(k)];
                    const auto own = levels_for(n);
                    const level_view<double> levels =
                        common ? level_view<double>(log_snr{0.5}) : level_view<double>(own);
                    f(policy, z, levels, out);
                    for (index_t k = 0; k < 12; ++k) // packs have another exp
                        right = right && std::abs(out(k / d, k % d) -
                                                  noise_scale(levels[k / d]) * numbers[static_cast<std::size_t>(k)]) <=
                                             8 * test::epsilon<double> * 11;
                    std::size_t untouched = 0;
                    for (const double v : memory_out) untouched += v == -77 ? 1u : 0u;
                    right = right && untouched == memory_out.size() - 12;
                }
    return right;
}

/// A function that is no template takes any of them.
double first_of(any_batch_denoiser<double> f) {
    std::vector<double> z{1}, eps_hat{0};
    f(exec::serial{}, z, log_snr{0.}, eps_hat);
    return eps_hat[0];
}

} // namespace

TEST_CASE("every accepted form gives what it holds gives, in every arrangement, under every policy") {
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        CHECK(is_of_standard_normal(policy, of_points{}));
        CHECK(is_of_standard_normal(policy, denoiser::lift(of_points{})));
        CHECK(is_of_standard_normal(policy, of_batches{}));
        CHECK(is_of_standard_normal(policy, plain));
        CHECK(is_of_standard_normal(policy, &plain));
        CHECK(is_of_standard_normal(
            policy, [](const auto& z, level_view<double> levels, const auto& out) { plain(z, levels, out); }));
        CHECK(is_of_standard_normal(policy, [](const auto& z, const log_snr<double>& a, const auto& out) {
            for (index_t j = 0; j < z.size(); ++j) out[j] = noise_scale(a) * z[j];
        }));
        CHECK(is_of_standard_normal(
            policy, denoiser::from_network(policy, denoiser::parametrisation<double>{denoiser::predicts::v},
                                           [](const auto&, const auto& in, auto, const auto& out) {
                                               for (index_t i = 0; i < in.size(); ++i)
                                                   for (index_t j = 0; j < in.dim(); ++j) out(i, j) = 0;
                                           })));
        of_batches counted;
        CHECK(is_of_standard_normal(policy, std::ref(counted)));
        CHECK(counted.calls == 150); // 3 dimensions, 25 pairs of arrangements, 2 kinds of levels: once each
        not_copyable only_one;
        CHECK(is_of_standard_normal(policy, std::ref(only_one)));
        const of_points constant;
        CHECK(is_of_standard_normal(policy, std::cref(constant)));
    });
}

TEST_CASE_TEMPLATE("what is held is called with the bits that it would have been called with", T, float, double) {
    const gaussian_mixture<T, 2, covariance::isotropic> mixture({1, 2}, {-1, 0, 2, 1}, {T(.5), 1});
    const denoiser::optimal f(mixture);
    std::vector<std::array<T, 2>> z;
    std::vector<log_snr<T>> levels;
    for (int i = 0; i < 65; ++i) {
        z.push_back({static_cast<T>(i % 9) - 4, static_cast<T>(i % 7) - 3});
        levels.push_back({static_cast<T>(i % 33) - 16});
    }
    auto want = z, got = z;
    test::for_each_policy([&](const std::string& name, const auto& policy) {
        CAPTURE(name);
        using P = std::remove_cvref_t<decltype(policy)>;
        f(policy, z, levels, want);
        any_batch_denoiser<T, P> any = f;
        any(policy, z, levels, got);
        CHECK(got == want);
        any = std::ref(f);
        any(policy, z, levels, got);
        CHECK(got == want);
    });
}

TEST_CASE("it is a value: a copy has a state of its own, std::ref shares") {
    struct growing {
        double next = 1;
        void operator()(const batch_view<const double>&, const level_view<double>&, const batch_view<double>& out) {
            out(0, 0) = next++;
        }
    };
    std::vector<double> z{0}, said{0};
    const auto ask = [&](any_batch_denoiser<double>& f) {
        f(exec::serial{}, z, log_snr{0.}, said);
        return said[0];
    };
    growing mine;
    any_batch_denoiser<double> first = growing{}, second = first, shared = std::ref(mine), alike = shared;
    CHECK(ask(first) == 1);
    CHECK(ask(first) == 2);
    CHECK(ask(second) == 1);
    second = first;
    CHECK(ask(second) == 3);
    CHECK(ask(first) == 3);
    CHECK(ask(shared) == 1);
    CHECK(ask(alike) == 2);
    CHECK(mine.next == 3);
    const any_batch_denoiser<double> constant = first;
    second = constant;
    CHECK(ask(second) == 4);
}

TEST_CASE("containers and functions that are no templates take several kinds, and samplers take it") {
    of_batches counted;
    std::vector<any_batch_denoiser<double>> kinds{of_points{}, of_batches{}, plain, std::ref(counted)};
    for (auto& f : kinds) CHECK(first_of(f) == noise_scale(log_snr{0.}));
    CHECK(first_of(of_points{}) == noise_scale(log_snr{0.}));
    const std::vector<log_snr<double>> grid{{-4.}, {0.}, {4.}};
    std::vector<double> want{0.5, -2}, got = want;
    sampler::run(exec::serial{}, sampler::ddim{}, of_points{}, grid, want);
    const index_t calls = sampler::run(exec::serial{}, sampler::ddim{}, kinds[3], grid, got);
    CHECK(got == want);
    CHECK((calls == 2 && counted.calls == 3)); // one before
}

TEST_CASE("no points are no call, and what does not fit is refused before it") {
    of_batches counted;
    any_batch_denoiser<double> f = std::ref(counted);
    const exec::serial policy;
    std::vector<double> none, two(2), three(3);
    f(policy, none, log_snr{0.}, none);
    const auto refused = [&](const auto& z, const level_view<double>& levels, auto& eps_hat) {
        return test::refusal([&] { f(policy, z, levels, eps_hat); });
    };
    CHECK(refused(two, log_snr{0.}, three) ==
          "cdl::denoiser::any_batch_denoiser: eps_hat: must have the shape of z; got 3 x 1 for 2 x 1");
    const auto levels = levels_for(3);
    auto other = two;
    CHECK(refused(two, levels, other) ==
          "cdl::denoiser::any_batch_denoiser: levels: must be one, or one for each point; got 3 for 2 points");
    CHECK(refused(two, log_snr{0.}, two) ==
          "cdl::denoiser::any_batch_denoiser: eps_hat: must not be z; got the same memory");
    const batch_view<double, 1, strided> together(other.data(), 2, 1, 0, 1);
    CHECK(refused(two, log_snr{0.}, together) ==
          "cdl::denoiser::any_batch_denoiser: eps_hat: points must not share memory; got point stride 0");
    CHECK(counted.calls == 0);
    // what it holds refuses on its own
    const gaussian_mixture<double, 2, covariance::isotropic> mixture({1}, {0, 0}, {1});
    f = denoiser::optimal(mixture);
    CHECK(refused(two, log_snr{0.}, other) ==
          "cdl::denoiser::lifted: z: must have the dimension of the denoiser; got 1 for 2");
}
