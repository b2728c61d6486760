// SPDX-License-Identifier: MIT
// Your own mixture on a grid, as CSV: the density of the clean data and of the data noised to a = 0, and the score of the latter.

#include <cdl/cdl.hpp>

#include <cmath>
#include <cstdio>

int main() {
    using namespace cdl;
    // Two components in the plane: weights, means and covariances, one number after the other.
    const distribution::gaussian_mixture<double, 2> data({1, 2}, {-2, 0, 1, 1}, {.5, .2, .2, .5, 1, -.3, -.3, .4});
    const log_snr a{0.0};
    std::puts("x,y,density,noised_density,score_x,score_y");
    for (double x = -4; x <= 4; x += 2)
        for (double y = -2; y <= 2; y += 2) {
            const std::array point{x, y};
            std::array<double, 2> score;
            data.score(point, a, score);
            std::printf("%g,%g,%.6e,%.6e,%.6f,%.6f\n", x, y, std::exp(data.log_density(point)),
                        std::exp(data.log_density(point, a)), score[0], score[1]);
        }
}
