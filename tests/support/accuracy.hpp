// SPDX-License-Identifier: MIT
#pragma once

// A function against a column of a golden file: the largest error in units in the last place.

#include "support/golden.hpp"
#include "support/scalars.hpp"
#include "support/ulp.hpp"

#include <doctest/doctest.h>

#include <array>

namespace cdl::test {

/// The inputs of the rows of a golden file that are meant for the scalar S.
template <class S, std::size_t Inputs>
class golden_inputs {
public:
    using number = lane_t<S>;

    golden_inputs(const std::string& file, const std::array<std::string, Inputs>& names)
        : rows_(golden(file).where("kind", golden_kind<S>())) {
        for (std::size_t k = 0; k < Inputs; ++k)
            for (const golden_row& row : rows_) inputs_[k].push_back(row.template input<number>(names[k]));
    }

    const golden& rows() const { return rows_; }

    /// f at all rows.
    template <class F>
    std::vector<number> values(const F& f) const {
        return values(f, std::make_index_sequence<Inputs>{});
    }

    /// The largest error of f against `column`, where `error(got, row, want)` says what an error is.
    template <class F, class Error>
    double worst(const std::string& column, const F& f, const Error& error) const {
        const auto got = values(f);
        worst_error worst(column + " " + scalar_name<S>());
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (rows_[i].has(column)) worst.see(error(got[i], rows_[i].number(column)), rows_[i].where());
        INFO(worst.text());
        CHECK(worst.count() >= 50);
        return worst.value();
    }

    /// The largest distance of f from `column` in units in the last place.
    template <class F>
    double worst_ulp(const std::string& column, const F& f) const {
        return worst(column, f, ulp_distance<number>);
    }

    /// Requires that the error of f against `column` is at most `bound` units in the last place, twice that for packs.
    template <class F>
    void check(const std::string& column, double bound, const F& f) const {
        const double ulp = worst_ulp(column, f);
        CAPTURE(column);
        CAPTURE(scalar_name<S>());
        CHECK(ulp <= bound * pack_factor<S>());
    }

private:
    template <class F, std::size_t... K>
    std::vector<number> values(const F& f, std::index_sequence<K...>) const {
        return map_lanes<S>(f, inputs_[K]...);
    }

    golden rows_;
    std::array<std::vector<number>, Inputs> inputs_;
};

} // namespace cdl::test
