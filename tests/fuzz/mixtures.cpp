// SPDX-License-Identifier: MIT

// Any bytes are a mixture or a bad_input of one line. What is read can be computed with: positive weights, symmetric
// covariances with positive variances, lengths that double precision can tell apart.

#include "../../examples/verify_derivations/input.hpp"
#include "one_line.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        const auto mixture = verify::mixture_of(text, "FILE");
        const auto d = static_cast<std::size_t>(mixture.d), K = mixture.weights.size();
        if (d < 1 || K < 1 || mixture.means.size() != K * d || mixture.covariances.size() != K * d * d) std::abort();
        for (verify::index_t k = 0; k < mixture.size(); ++k) {
            if (!(mixture.weights[static_cast<std::size_t>(k)] > 0)) std::abort();
            for (verify::index_t i = 0; i < mixture.d; ++i) {
                if (!(mixture.covariance(k, i, i) > 0)) std::abort();
                for (verify::index_t j = 0; j < mixture.d; ++j)
                    if (!(mixture.covariance(k, i, j) == mixture.covariance(k, j, i))) std::abort();
            }
        }
        const auto scale = verify::scales_of(mixture);
        if (!(scale.narrowest >= 1e-6 && scale.spread <= 1e6)) std::abort();
    } catch (const support::bad_input& error) {
        if (!is_one_line(error.what())) std::abort();
    }
    return 0;
}
