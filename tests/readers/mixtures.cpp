// SPDX-License-Identifier: MIT

// The forms in which people have mixtures: what is read, and what is refused with which line.

#include "../../examples/verify_derivations/input.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using numbers = std::vector<double>;

std::string refusal(const std::string& text) {
    try {
        verify::mixture_of(text, "FILE");
        return "read";
    } catch (const support::bad_input& error) {
        return error.what();
    }
}

/// Two components in the plane, with this list of covariances and what follows it.
std::string two_in_the_plane(const std::string& covariances) {
    return R"({"weights": [1, 2], "means": [[0, 0], [1, 1]], "covariances": )" + covariances + "}";
}
/// The same three in the plane.
std::string three_in_the_plane(const std::string& covariances) {
    return R"({"weights": [1, 2, 3], "means": [[0, 0], [1, 1], [2, 0]], "covariances": )" + covariances + "}";
}
std::string two_on_a_line(const std::string& covariances) {
    return R"({"weights": [1, 2], "means": [-1, 1], "covariances": )" + covariances + "}";
}

struct form {
    const char* what;
    std::string text;
    numbers covariances;
};

const std::vector<form> read_forms{
    {"a number for each", two_in_the_plane("[0.5, 2]"), {0.5, 0, 0, 0.5, 2, 0, 0, 2}},
    {"variances for each", three_in_the_plane("[[0.5, 1], [2, 3], [4, 5]]"), {0.5, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 5}},
    {"a matrix for each", two_in_the_plane("[[[1, 0.5], [0.5, 2]], [[1, 0], [0, 1]]]"), {1, 0.5, 0.5, 2, 1, 0, 0, 1}},
    {"a number beside a matrix", two_in_the_plane("[2, [[1, 0.5], [0.5, 2]]]"), {2, 0, 0, 2, 1, 0.5, 0.5, 2}},
    {"a matrix for all",
     three_in_the_plane("[[0.5, 0.2], [0.2, 0.5]]"),
     {0.5, 0.2, 0.2, 0.5, 0.5, 0.2, 0.2, 0.5, 0.5, 0.2, 0.2, 0.5}},
    {"a matrix for all, which cannot be variances",
     two_in_the_plane("[[0.5, -0.2], [-0.2, 0.5]]"),
     {0.5, -0.2, -0.2, 0.5, 0.5, -0.2, -0.2, 0.5}},
    {"variances for each, which cannot be a matrix",
     two_in_the_plane("[[0.5, 1], [2, 3]]"),
     {0.5, 0, 0, 1, 2, 0, 0, 3}},
    {"variances for each, which would be a singular matrix",
     two_in_the_plane("[[1, 1], [1, 1]]"),
     {1, 0, 0, 1, 1, 0, 0, 1}},
    {"scikit-learn, tied",
     two_in_the_plane(R"([[0.5, 0.2], [0.2, 0.5]], "covariance_type": "tied")"),
     {0.5, 0.2, 0.2, 0.5, 0.5, 0.2, 0.2, 0.5}},
    {"scikit-learn, diag",
     two_in_the_plane(R"([[0.5, 0.2], [0.2, 0.5]], "covariance_type": "diag")"),
     {0.5, 0, 0, 0.2, 0.2, 0, 0, 0.5}},
    {"scikit-learn, spherical",
     two_in_the_plane(R"([0.5, 0.2], "covariance_type": "spherical")"),
     {0.5, 0, 0, 0.5, 0.2, 0, 0, 0.2}},
    {"scikit-learn, full",
     two_in_the_plane(R"([[[1, 0.5], [0.5, 2]], [[1, 0], [0, 1]]], "covariance_type": "full")"),
     {1, 0.5, 0.5, 2, 1, 0, 0, 1}},
    {"scikit-learn, float32: not symmetric in the last digits",
     R"({"weights":[1],"means":[[0,0]],"covariances":[[[0.16,0.0005776871],[0.0005776872,0.2]]]})",
     {0.16, 0.00057768715, 0.00057768715, 0.2}},
    {"float32, a covariance that is nearly 0",
     R"({"weights":[1],"means":[[0,0]],"covariances":[[[1e6,1.3e-9],[-2.7e-3,4]]]})",
     {1e6, -0.00134999935, -0.00134999935, 4}},
    {"float32, tied",
     three_in_the_plane("[[0.5, 0.20000001], [0.2, 0.5]]"),
     {0.5, 0.200000005, 0.200000005, 0.5, 0.5, 0.200000005, 0.200000005, 0.5, 0.5, 0.200000005, 0.200000005, 0.5}},
    {"thousandths beside thousands, correlated",
     R"({"weights":[1],"means":[[0,0]],"covariances":[[[1e-6,0.5],[0.5,1e6]]]})",
     {1e-6, 0.5, 0.5, 1e6}},
    {"a line, numbers", two_on_a_line("[0.5, 2]"), {0.5, 2}},
    {"a line, lists", two_on_a_line("[[0.5], [2]]"), {0.5, 2}},
    {"a line, matrices", two_on_a_line("[[[0.5]], [[2]]]"), {0.5, 2}},
    {"a line, one for all", two_on_a_line("[[0.5]]"), {0.5, 0.5}},
    {"a line, one component", R"({"weights": [1], "means": [[3]], "covariances": [[2]]})", {2}},
    {"a byte order mark", "\xef\xbb\xbf" + two_on_a_line("[0.5, 2]"), {0.5, 2}},
};

struct refused {
    const char* what;
    std::string text, complaint;
};

const std::vector<refused> refused_forms{
    {"one matrix for all, or variances", two_in_the_plane("[[0.5, 0.2], [0.2, 0.5]]"),
     "FILE: covariances: must have a covariance_type; got 2 lists of 2 numbers: \"tied\", one matrix for all "
     "components, or \"diag\", 2 variances for each"},
    {"the same in float32", two_in_the_plane("[[0.5, 0.20000001], [0.2, 0.5]]"),
     "FILE: covariances: must have a covariance_type; got 2 lists of 2 numbers: \"tied\", one matrix for all "
     "components, or \"diag\", 2 variances for each"},
    {"a type that is not there", two_in_the_plane(R"([1, 1], "covariance_type": "banded")"),
     "FILE: covariance_type: must be full, tied, diag or spherical; got \"banded\""},
    {"a type that is no word", two_in_the_plane(R"([1, 1], "covariance_type": 3)"),
     "FILE: covariance_type: must be full, tied, diag or spherical; got 3"},
    {"full, with variances", two_in_the_plane(R"([[1, 1], [1, 1]], "covariance_type": "full")"),
     "FILE: covariances[0]: must be a 2 x 2 matrix; got [1,1]"},
    {"tied, with a matrix for each",
     two_in_the_plane(R"([[[1, 0], [0, 1]], [[1, 0], [0, 1]]], "covariance_type": "tied")"),
     "FILE: covariances[0][0]: must be a number; got [1,0]"},
    {"diag, with numbers", two_in_the_plane(R"([1, 1], "covariance_type": "diag")"),
     "FILE: covariances[0]: must be a list of variances; got 1"},
    {"spherical, with lists", two_in_the_plane(R"([[1, 1], [1, 1]], "covariance_type": "spherical")"),
     "FILE: covariances[0]: must be a number; got [1,1]"},
    {"not symmetric", two_in_the_plane("[[[1, 0.5], [0.1, 1]], [[1, 0], [0, 1]]]"),
     "FILE: covariances[0][0][1]: must be symmetric; got 0.5 against 0.10000000000000001"},
    {"not symmetric, more than float32 leaves", two_in_the_plane("[[[1, 0.5], [0.4999, 1]], [[1, 0], [0, 1]]]"),
     "FILE: covariances[0][0][1]: must be symmetric; got 0.5 against 0.49990000000000001"},
    {"not positive definite", two_in_the_plane("[[[1, 2], [2, 1]], [[1, 0], [0, 1]]]"),
     "FILE: covariances[0]: must be positive definite; got a correlation with the eigenvalue -1"},
    {"a negative variance", two_in_the_plane("[[1, -1], [1, 2]]"), "FILE: covariances[0][1]: must be positive; got -1"},
    {"a variance of 0", two_on_a_line("[0, 1]"), "FILE: covariances[0]: must be positive; got 0"},
    {"too few", two_in_the_plane("[1]"), "FILE: covariances: must be as many as weights, 2; got 1"},
    {"a ragged matrix", two_in_the_plane("[[[1, 0], [0]], [[1, 0], [0, 1]]]"),
     "FILE: covariances[0][1]: must be a row of 2 numbers; got 1"},
    {"a matrix with a number for a row", two_in_the_plane("[[[1, 0], 1], [[1, 0], [0, 1]]]"),
     "FILE: covariances[0][1]: must be a row of 2 numbers; got 1"},
    {"an empty covariance", two_in_the_plane("[[], 1]"),
     "FILE: covariances[0]: must have as many rows or variances as the means have coordinates, 2; got 0"},
    {"an object for a covariance", two_in_the_plane(R"([{"a": 1}, 1])"),
     "FILE: covariances[0]: must be a number; got {\"a\":1}"},
    {"no weights", R"({"means": [0], "covariances": [1]})", "FILE: weights: must be given; got no such key"},
    {"a weight of 0", R"({"weights": [0], "means": [0], "covariances": [1]})",
     "FILE: weights[0]: must be positive; got 0"},
    {"weights whose sum is too large", R"({"weights": [1e308, 1e308], "means": [0, 1], "covariances": [1, 1]})",
     "FILE: weights: must have a finite sum; got inf"},
    {"text for a weight", R"({"weights": ["one"], "means": [0], "covariances": [1]})",
     "FILE: weights[0]: must be a number; got \"one\""},
    {"weights that are no list", R"({"weights": 1, "means": [0], "covariances": [1]})",
     "FILE: weights: must be a list that is not empty; got 1"},
    {"means of different dimensions", R"({"weights": [1, 1], "means": [[0, 0], [0]], "covariances": [1, 1]})",
     "FILE: means[1]: must have the dimension of the first, 2; got 1"},
    {"a key twice", R"({"weights": [1], "weights": [2], "means": [0], "covariances": [1]})",
     "FILE: weights: must be given once; got it twice"},
    {"a key of somebody else", R"({"weights": [1], "means": [0], "covariances": [1], "precisions": [1]})",
     "FILE: file: must have no keys but weights, means, covariances, covariance_type; got \"precisions\""},
    {"NaN", R"({"weights": [NaN], "means": [0], "covariances": [1]})",
     "FILE: file: must be JSON, without NaN or Infinity; got parse error at line 1, column 14"},
    {"a number too large", R"({"weights": [1e999], "means": [0], "covariances": [1]})",
     "FILE: file: must be JSON, without NaN or Infinity; got number overflow parsing '1e999'"},
    {"lists in lists", R"({"weights": )" + std::string(100000, '['),
     "FILE: file: must have lists of at most three levels; got more"},
    {"a list", "[1, 2]", "FILE: file: must be a JSON object with weights, means, covariances; got [1,2]"},
    {"two documents", "{} {}",
     "FILE: file: must be JSON, without NaN or Infinity; got parse error at line 1, column 4"},
    {"empty", "", "FILE: file: must be JSON, without NaN or Infinity; got parse error at line 1, column 1"},
    {"micrometres in metres", R"({"weights": [1], "means": [0], "covariances": [1e-14]})",
     "FILE: covariances: must have standard deviations from 1e-6 to 1e6: choose another unit; got 1e-07"},
    {"far from the origin", R"({"weights": [1], "means": [4600000], "covariances": [0.01]})",
     "FILE: covariances: must have standard deviations of at least 1e-6 of the largest coordinate, 4.6e+06: subtract "
     "the "
     "mean; got 0.1"},
};

} // namespace

TEST_CASE("Mixtures are read in the forms of scikit-learn and of people") {
    for (const form& f : read_forms) {
        INFO(f.what);
        CHECK(refusal(f.text) == "read");
        if (refusal(f.text) != "read") continue;
        const auto covariances = verify::mixture_of(f.text, "FILE").covariances;
        REQUIRE(covariances.size() == f.covariances.size());
        for (std::size_t i = 0; i < covariances.size(); ++i)
            CHECK(covariances[i] == doctest::Approx(f.covariances[i]).epsilon(1e-15));
    }
}

TEST_CASE("Mixtures that cannot be read or can be read two ways are refused in one line") {
    for (const refused& f : refused_forms) {
        INFO(f.what);
        CHECK(refusal(f.text) == f.complaint);
    }
}

TEST_CASE("A cloud that takes hours is refused and says what is not too much") {
    support::points many{1, std::vector<double>(100001, 0.5)}, wide{65, std::vector<double>(65, 0.5)};
    CHECK_THROWS_WITH_AS(verify::cloud_of(many, "FILE", 1.0),
                         "FILE: points: must be at most 100000 in 1 dimension; got 100001", support::bad_input);
    CHECK_THROWS_WITH_AS(verify::cloud_of(wide, "FILE", 1.0), "FILE: points: must have at most 64 coordinates; got 65",
                         support::bad_input);
}
