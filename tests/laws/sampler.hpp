// SPDX-License-Identifier: MIT
#pragma once

// What every sampler obeys, whatever its method: repeated levels change nothing, the denoiser is asked at finite levels
// only, the calls are counted, a point does not depend on the others, on the layout of the batch or on an observer.
// One line instantiates the suite for a method.

#include <cdl/denoiser/optimal.hpp>
#include <cdl/exec/serial.hpp>
#include <cdl/sampler/run.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace cdl::laws {

/// A denoiser that counts its calls and refuses what no sampler may ask: other than one finite level for all points, an
/// output that is the input, points that are not finite.
template <class F>
struct watched {
    F denoiser;
    index_t* calls;
    index_t size, dim;

    template <class P, class Z, class T, class E>
    void operator()(const P& policy, const Z& z, const level_view<T, host>& levels, const E& eps_hat) const {
        ++*calls;
        const auto require_that = [](bool holds, const char* what) {
            if (!holds) throw std::logic_error(what);
        };
        require_that(levels.is_common(), "a sampler has one level for all points");
        require_that(std::isfinite(levels.common().value), "a denoiser was asked at a level that is not finite");
        require_that(z.size() == size && z.dim() == dim, "a denoiser was asked for a part of the batch");
        require_that(eps_hat.size() == size && eps_hat.dim() == dim, "the room for eps_hat has another shape");
        require_that(size == 0 || static_cast<const void*>(z.data()) != eps_hat.data(), "eps_hat is z");
        for (index_t i = 0; i < size; ++i)
            for (index_t j = 0; j < dim; ++j) require_that(std::isfinite(z(i, j)), "z is not finite");
        denoiser(policy, z, levels, eps_hat);
    }
};

/// The numbers of a stream for steps that have other numbers in the stream.
struct renumbered_steps {
    random::noise_stream stream;
    const index_t* numbers;
};
inline random::normal_pair normals(const renumbered_steps& noise, index_t step, index_t point, index_t block) {
    return normals(noise.stream, noise.numbers[step], point, block);
}

/// The numbers of a stream for a batch of n points in the opposite order.
struct reversed_points {
    random::noise_stream stream;
    index_t size;
};
inline random::normal_pair normals(const reversed_points& noise, index_t step, index_t point, index_t block) {
    return normals(noise.stream, step, noise.size - 1 - point, block);
}

/// A method on a mixture in d dimensions, with batches of n points.
template <class T, class Method>
class sampler_under_test {
public:
    sampler_under_test(const Method& method, index_t size, index_t dim)
        : method_(method), size_(size), dim_(dim), mixture_(mixture_of(dim)) {}

    /// The starts: normal numbers, point 0 far out.
    std::vector<T> starts() const {
        std::vector<T> z;
        for (index_t i = 0; i < size_ * dim_; ++i)
            z.push_back(static_cast<T>(random::normal(starts_, 0, i / dim_, i % dim_)));
        if (!z.empty()) z[0] = T(6);
        return z;
    }

    /// What becomes of the starts; `calls` of the denoiser are counted and compared with those that are returned.
    template <class N>
    std::vector<T> run(const std::vector<log_snr<T>>& grid, const N& noise, index_t calls) const {
        auto z = starts();
        index_t counted = 0;
        const watched<denoiser::optimal<T, dynamic, distribution::covariance::isotropic>> f{denoiser::optimal(mixture_),
                                                                                            &counted, size_, dim_};
        const index_t returned =
            sampler::run(exec::serial{}, method_, f, grid, batch_view<T>(z.data(), size_, dim_), noise);
        CHECK(returned == counted);
        CHECK(counted == calls);
        for (const T v : z) CHECK(std::isfinite(v));
        return z;
    }

    const Method& method() const { return method_; }
    auto denoiser() const { return denoiser::optimal(mixture_); }
    index_t size() const { return size_; }
    index_t dim() const { return dim_; }
    random::noise_stream noise() const { return noise_; }

private:
    using mixture = distribution::gaussian_mixture<T, dynamic, distribution::covariance::isotropic>;

    static mixture mixture_of(index_t dim) {
        std::vector<T> means;
        for (index_t i = 0; i < 2 * dim; ++i) means.push_back(i < dim ? T(-2) : T(1.5));
        return {{T(1), T(2)}, means, {T(0.25), T(0.5)}};
    }

    static constexpr random::noise_stream starts_{11, random::purpose::user};
    static constexpr random::noise_stream noise_{12, random::purpose::sampler};

    Method method_;
    index_t size_, dim_;
    mixture mixture_;
};

template <class T>
void same_numbers(const std::vector<T>& got, const std::vector<T>& want) {
    REQUIRE(got.size() == want.size());
    CHECK((want.empty() || std::memcmp(got.data(), want.data(), want.size() * sizeof(T)) == 0));
}

/// A grid with level i repeated `copies[i]` times.
template <class T>
std::vector<log_snr<T>> repeated_levels(const std::vector<log_snr<T>>& base, const std::vector<int>& copies) {
    std::vector<log_snr<T>> grid;
    for (std::size_t i = 0; i < base.size(); ++i)
        grid.insert(grid.end(), static_cast<std::size_t>(copies[i % copies.size()]), base[i]);
    return grid;
}

/// Grids of six levels: plain, from pure noise, to clean data, both.
template <class T>
std::vector<std::vector<log_snr<T>>> grids() {
    const T infinity = std::numeric_limits<T>::infinity();
    std::vector<std::vector<log_snr<T>>> all;
    for (const T first : {T(-8), -infinity})
        for (const T last : {T(9), infinity}) all.push_back({{first}, {T(-5)}, {T(-1.5)}, {T(0)}, {T(2.75)}, {last}});
    return all;
}

/// Levels that are repeated, at the beginning, in the middle, at the end, change no bit.
template <class T, class Method, class Calls>
void repetition_laws(const sampler_under_test<T, Method>& s, const Calls& calls) {
    for (const auto& grid : grids<T>()) {
        CAPTURE(grid.front().value);
        CAPTURE(grid.back().value);
        const auto want = s.run(grid, s.noise(), calls(grid));
        for (const auto& copies : std::vector<std::vector<int>>{
                 {2, 1, 1, 1, 1, 1}, {1, 1, 3, 2, 1, 1}, {1, 1, 1, 1, 1, 2}, {2}, {3, 1, 1, 1, 1, 4}}) {
            const auto repeated = repeated_levels(grid, copies);
            same_numbers(s.run(repeated, s.noise(), calls(grid)), want);
        }
        if (std::isfinite(grid.front().value)) continue;
        // levels that are as good as pure noise are repetitions of it
        auto longer = grid;
        longer.insert(longer.begin() + 1, {{T(-1e30)}, {T(-80)}, sampler::noisiest_usable<T>()});
        same_numbers(s.run(longer, s.noise(), calls(grid)), want);
    }
}

/// A grid without a step does nothing and asks nobody.
template <class T, class Method>
void stillness_laws(const sampler_under_test<T, Method>& s) {
    for (const T a : {-std::numeric_limits<T>::infinity(), T(-80), T(0), T(3), std::numeric_limits<T>::infinity()})
        for (const std::size_t levels : {1, 2, 5}) {
            CAPTURE(a);
            same_numbers(s.run(std::vector<log_snr<T>>(levels, {a}), s.noise(), 0), s.starts());
        }
}

/// Levels that are nearly the same harm no digit; levels far beyond what rounding sees give finite numbers.
template <class T, class Method>
void extremity_laws(const sampler_under_test<T, Method>& s) {
    const T infinity = std::numeric_limits<T>::infinity(), tiny = std::numeric_limits<T>::denorm_min();
    const T next = std::nextafter(T(1), infinity), large = (std::numeric_limits<T>::max)() / 4;
    const auto finite = [&](const std::vector<log_snr<T>>& grid, T largest) {
        auto z = s.starts();
        index_t counted = 0;
        const watched<decltype(s.denoiser())> f{s.denoiser(), &counted, s.size(), s.dim()};
        const auto calls =
            sampler::run(exec::serial{}, s.method(), f, grid, batch_view<T>(z.data(), s.size(), s.dim()), s.noise());
        CHECK(calls == counted);
        CAPTURE(grid[1].value);
        for (const T v : z) CHECK(std::abs(v) <= largest);
    };
    finite({{T(-1)}, {T(1)}, {next}, {T(4)}, {infinity}}, 10);
    finite({{T(-1)}, {T(0)}, {tiny}, {T(4)}, {infinity}}, 10);
    finite({{T(-1)}, {-tiny}, {T(0)}, {tiny}, {T(4)}}, 10);
    finite({{T(-1)}, {T(1)}, {T(60)}, {T(300)}, {large}, {infinity}}, 1000);
    finite({{-infinity}, {infinity}}, 10);
    // so long a step that only its result is a number
    finite({{-infinity}, {T(std::nextafter(sampler::noisiest_usable<T>().value, infinity))}, {T(0)}, {T(5)}}, large);
    finite({{-large}, {large}, {infinity}}, large);
}

/// The points of a batch do not know of each other: parts of a batch, the batch backwards.
template <class T, class Method>
void independence_laws(const sampler_under_test<T, Method>& s, index_t calls) {
    const auto grid = grids<T>().back();
    const auto want = s.run(grid, s.noise(), calls);
    const index_t n = s.size(), d = s.dim();
    auto parts = s.starts();
    for (index_t first = 0, count = 1; first < n; first += count, ++count) {
        const auto part = batch_view<T>(parts.data(), n, d).slice(first, std::min(count, n - first));
        sampler::run(exec::serial{}, s.method(), s.denoiser(), grid, part, s.noise().starting_at(first));
    }
    same_numbers(parts, want);

    auto reversed = s.starts();
    if (n > 0) {
        const batch_view<T, dynamic, strided> backwards(reversed.data() + (n - 1) * d, n, d, -d, 1);
        sampler::run(exec::serial{}, s.method(), s.denoiser(), grid, backwards, reversed_points{s.noise(), n});
    }
    same_numbers(reversed, want);
}

/// Wherever the coordinates lie, the same numbers, and none beside them.
template <class T, class Method>
void layout_laws(const sampler_under_test<T, Method>& s, index_t calls) {
    const auto grid = grids<T>().back();
    const auto want = s.run(grid, s.noise(), calls), starts = s.starts();
    const index_t n = s.size(), d = s.dim();
    const auto check = [&](auto view, std::vector<T>& memory) {
        for (index_t i = 0; i < n; ++i)
            for (index_t j = 0; j < d; ++j) view(i, j) = starts[static_cast<std::size_t>(i * d + j)];
        const auto before = memory;
        sampler::run(exec::serial{}, s.method(), s.denoiser(), grid, view, s.noise());
        std::vector<T> got;
        auto beside = memory;
        for (index_t i = 0; i < n; ++i)
            for (index_t j = 0; j < d; ++j) {
                got.push_back(view(i, j));
                beside[static_cast<std::size_t>(&view(i, j) - memory.data())] =
                    before[static_cast<std::size_t>(&view(i, j) - memory.data())];
            }
        same_numbers(got, want);
        same_numbers(beside, before);
    };
    std::vector<T> memory(static_cast<std::size_t>(5 + n * (2 * d + 3)), T(-77));
    check(batch_view<T, dynamic, coord_major>(memory.data() + 1, n, d), memory);
    check(batch_view<T, dynamic, strided>(memory.data() + 5, n, d, 2 * d + 3, 2), memory);
    check(batch_view<T, dynamic, strided>(memory.data() + 5, n, d, d + 1, 1), memory);
    if (d == 2) check(batch_view<T, 2>(memory.data() + 2, n), memory);
    if (d == 1) check(batch_view<T, 1, coord_major>(memory.data() + 2, n), memory);
}

/// An observer sees the start and every level of the grid, repeated ones too, and changes nothing.
template <class T, class Method>
void observer_laws(const sampler_under_test<T, Method>& s, index_t calls) {
    const auto repeated = repeated_levels(grids<T>().back(), {1, 2});
    const auto want = s.run(repeated, s.noise(), calls);
    auto z = s.starts();
    std::vector<std::vector<T>> seen;
    sampler::run(exec::serial{}, s.method(), s.denoiser(), repeated, batch_view<T>(z.data(), s.size(), s.dim()),
                 s.noise(), [&](index_t k, log_snr<T> level, const auto& points) {
                     REQUIRE(k == static_cast<index_t>(seen.size()));
                     const log_snr<T> asked = repeated[static_cast<std::size_t>(k)];
                     CHECK(level == std::max(asked, sampler::noisiest_usable<T>()));
                     CHECK(points.size() == s.size());
                     seen.emplace_back(z);
                 });
    same_numbers(z, want);
    REQUIRE(seen.size() == repeated.size());
    same_numbers(seen.front(), s.starts());
    same_numbers(seen.back(), want);
    for (std::size_t k = 1; k < seen.size(); ++k)
        if (repeated[k] == repeated[k - 1]) same_numbers(seen[k], seen[k - 1]);
}

/// A run that is interrupted at a level and goes on from there is the run: a method keeps nothing from step to step. Not a
/// law of methods that do, such as 2M.
template <class T, class Method>
void memoryless_laws(const Method& method) {
    const sampler_under_test<T, Method> s(method, 7, 2);
    for (const auto& grid : grids<T>()) {
        auto whole = s.starts();
        sampler::run(exec::serial{}, s.method(), s.denoiser(), grid, batch_view<T>(whole.data(), 7, 2), s.noise());
        auto interrupted = s.starts();
        const std::span<const log_snr<T>> levels(grid);
        const std::vector<index_t> later{2, 3, 4};
        const batch_view<T> z(interrupted.data(), 7, 2);
        sampler::run(exec::serial{}, s.method(), s.denoiser(), levels.first(3), z, s.noise());
        sampler::run(exec::serial{}, s.method(), s.denoiser(), levels.subspan(2), z,
                     renumbered_steps{s.noise(), later.data()});
        same_numbers(interrupted, whole);
    }
}

/// The whole suite. `calls(grid)`: how often the method asks the denoiser on a grid without repetitions.
template <class T, class Method, class Calls>
void sampler_laws(const Method& method, const Calls& calls) {
    for (const auto& [size, dim] : {std::pair<index_t, index_t>{0, 2}, {1, 1}, {7, 1}, {7, 2}, {5, 3}}) {
        CAPTURE(size);
        CAPTURE(dim);
        const sampler_under_test<T, Method> s(method, size, dim);
        const index_t of_last_grid = calls(grids<T>().back());
        repetition_laws(s, calls);
        stillness_laws(s);
        extremity_laws(s);
        independence_laws(s, of_last_grid);
        layout_laws(s, of_last_grid);
        observer_laws(s, of_last_grid);
    }
}

} // namespace cdl::laws
