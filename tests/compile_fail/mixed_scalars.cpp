// Levels of two scalars are not combined: which one the result has would be a guess.
// expect: no matching function for call to [^a-z]*compose
#include <cdl/channel/composition.hpp>

auto both(cdl::log_snr<float> a, cdl::log_snr<double> zeta) {
    return compose(a, zeta);
}
