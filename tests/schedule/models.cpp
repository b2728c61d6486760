// SPDX-License-Identifier: MIT
// All schedules at once: what they have in common beyond the laws.

#include <cdl/adapter/eigen_autodiff.hpp>
#include <cdl/schedule/cosine.hpp>
#include <cdl/schedule/geometric.hpp>
#include <cdl/schedule/karras.hpp>
#include <cdl/schedule/linear_beta.hpp>
#include <cdl/schedule/shifted.hpp>
#include <cdl/schedule/sigmoid_alpha_bar.hpp>
#include <cdl/schedule/uniform_noise.hpp>
#include <cdl/schedule/zero_terminal.hpp>

#include "laws/schedule.hpp"

#include <doctest/doctest.h>

using namespace cdl;

namespace {
/// f(name, schedule) for every schedule, of scalar T.
template <class T, class F>
void for_each_schedule(const F& f) {
    using namespace schedule;
    f("linear_log_snr", linear_log_snr<T>({T(13.25)}, {T(-5)}));
    f("linear_beta, constant", linear_beta<T>(T(0), T(5), T(0)));
    f("linear_beta, falling to 0", linear_beta<T>(T(0), T(10), T(-5)));
    f("vp_sde", linear_beta<T>::vp_sde());
    f("vdm_fit_of_ddpm", linear_beta<T>::vdm_fit_of_ddpm());
    f("cosine", cosine<T>());
    f("cosine without offset", cosine<T>(T(0)));
    f("karras", karras<T>());
    f("karras, another order", karras<T>(T(0.01), T(10), T(1)));
    f("geometric", geometric(T(0.01), T(50)));
    f("uniform_noise", uniform_noise<T>());
    f("sigmoid_alpha_bar", sigmoid_alpha_bar<T>());
    f("sigmoid_alpha_bar, steep", sigmoid_alpha_bar<T>(T(-3), T(3), T(0.1)));
    f("shifted", shifted(cosine<T>(), T(-1.5)));
    f("zero_terminal", zero_terminal(linear_beta<T>::vdm_fit_of_ddpm()));
    if constexpr (std::floating_point<T>) // the derivative of the level at t = 0 is infinite
        f("zero_terminal from clean data", zero_terminal(linear_beta<T>::vp_sde()));
}
} // namespace

TEST_CASE_TEMPLATE("Every schedule may be copied to a device as it is", T, float, double) {
    for_each_schedule<T>([](const std::string&, const auto& schedule) {
        using model = std::remove_cvref_t<decltype(schedule)>;
        static_assert(schedule::noise_schedule<model>);
        static_assert(std::is_trivially_copyable_v<model>);
        static_assert(std::is_same_v<typename model::value_type, T>);
    });
}

TEST_CASE("The slope of every schedule is the derivative by automatic differentiation, and so is its inverse") {
    using dual = Eigen::AutoDiffScalar<Eigen::Matrix<double, 1, 1>>;
    for_each_schedule<dual>([](const std::string& name, const auto& schedule) {
        CAPTURE(name);
        for (int i = 1; i < 128; ++i) {
            const double t = i / 128.0;
            const dual a = schedule.at(dual(t, 1, 0)).value;
            const double slope = schedule.slope(dual(t)).value();
            CAPTURE(t);
            CHECK(std::abs(a.derivatives()[0] / slope - 1) <= 1e-12);
            const dual back = schedule.time_of({dual(a.value(), 1, 0)});
            CHECK(std::abs(back.value() - t) <= 1e-13);
            CHECK(std::abs(back.derivatives()[0] * slope - 1) <= 1e-11);
        }
    });
}

TEST_CASE_TEMPLATE("No schedule makes a NaN of a time in [0, 1] or of any level", T, float, double, long double) {
    for_each_schedule<T>([](const std::string& name, const auto& schedule) {
        CAPTURE(name);
        const T tiny = (std::numeric_limits<T>::min)(), least = std::numeric_limits<T>::denorm_min();
        const T most = (std::numeric_limits<T>::max)(), infinite = clean<T>().value;
        for (const T t : {T(0), least, tiny, T(1e-20), T(0.5), 1 - std::numeric_limits<T>::epsilon(), T(1)}) {
            CAPTURE(t);
            CHECK(!std::isnan(schedule.at(t).value));
            CHECK(schedule.slope(t) <= 0);
        }
        for (const T a : {T(0), T(1), tiny, T(30), T(100), T(800), T(12000), most, infinite})
            for (const T level : {a, -a}) {
                CAPTURE(level);
                CHECK(schedule.time_of({level}) >= 0);
                CHECK(schedule.time_of({level}) <= 1);
            }
    });
}

TEST_CASE_TEMPLATE("The time of a level is the inverse of the level at a time, for every schedule", T, float, double,
                   long double) {
    for_each_schedule<T>([](const std::string& name, const auto& schedule) {
        CAPTURE(name);
        laws::schedule_inverse_laws(schedule);
    });
}

TEST_CASE_TEMPLATE("Levels at the ends of a schedule and beyond them have the times of the ends", T, float, double,
                   long double) {
    for_each_schedule<T>([](const std::string& name, const auto& schedule) {
        CAPTURE(name);
        laws::schedule_end_laws(schedule);
    });
}

TEST_CASE_TEMPLATE("The inverse of a schedule of slowly growing noise does not lose its small rates", T, float,
                   double) {
    // c1^2 is no normal number: the square root of it is none either
    const T rate = std::sqrt(std::numeric_limits<T>::min()) / 1024;
    const schedule::linear_beta<T> even(T(0), rate, T(0)), rising(T(0), rate, rate);
    for (const T t : {T(0.25), T(0.5), T(0.75)}) {
        CHECK(std::abs(even.time_of(even.at(t)) - t) <= T(400) * std::numeric_limits<T>::epsilon());
        CHECK(std::abs(rising.time_of(rising.at(t)) - t) <= T(400) * std::numeric_limits<T>::epsilon());
    }
}
