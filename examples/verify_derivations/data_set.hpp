// SPDX-License-Identifier: MIT
#pragma once

// A data distribution about which everything is known: a Gaussian mixture as the user, or the program, wrote it down.

#include <cdl/core/index.hpp>

#include <string>
#include <vector>

namespace verify {

using cdl::index_t;

struct data_set {
    std::string label;               ///< short, for the lines of the table: "1-D"
    std::string name;                ///< one line of text that says what it is
    index_t d = 1;                   ///< dimension
    std::vector<double> weights;     ///< K
    std::vector<double> means;       ///< K x d
    std::vector<double> covariances; ///< K x d x d
    bool isotropic = false;          ///< every covariance is a variance times the identity
    bool built_in = false;           ///< one of the program's own, whose error bounds are known

    index_t size() const { return static_cast<index_t>(weights.size()); }
    double mean(index_t k, index_t j) const { return means[static_cast<std::size_t>(k * d + j)]; }
    double covariance(index_t k, index_t i, index_t j) const {
        return covariances[static_cast<std::size_t>((k * d + i) * d + j)];
    }
};

/// The lengths of a data set that decide which levels matter and how many digits can be expected.
struct scales {
    double narrowest = 1; ///< the smallest standard deviation of any component along any direction
    double spread = 1;    ///< the standard deviation of all the data, root mean square over coordinates
    double largest = 1;   ///< the largest coordinate of a mean, in absolute value
    double extent = 1;    ///< the largest coordinate of a mean, seen from the mean of the data
    double skew = 1;      ///< the largest ratio of two eigenvalues of a covariance
    double middle = 0;    ///< the log-SNR half way between those of the spread and of the narrowest component
    double center = 0;    ///< the middle of the integrals over levels: their integrands change between these two and 0
    double reach = 0;     ///< how far apart, in log-SNR, they change
    double clean = 0;     ///< a log-SNR, rounded, at which noise begins to show: it is as wide as the narrowest
                          ///< component, and no point is moved by more than about that
};

scales scales_of(const data_set& data);

/// What the noised data is made of: the narrowest component's width at a level, and the spread of all.
double narrowest_at(const scales& s, double a);
double spread_at(const scales& s, double a);

/// The paper's two modes on a line, 0.5 N(-5, 1) + 0.5 N(5, 1) [CDL A.3].
data_set two_modes();

/// Three components in the plane with correlated covariances.
data_set three_in_the_plane();

/// The data noised to level zeta: a mixture again, with means S mu and covariances S^2 Sigma + N^2 I.
data_set noised(const data_set& data, double zeta);

} // namespace verify
