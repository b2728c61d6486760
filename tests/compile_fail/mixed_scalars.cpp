// A double level for a float one is a mistake, not a conversion.
// expect: no matching function for call to [^a-z]*compose
#include <cdl/channel/composition.hpp>

auto both(cdl::log_snr<float> a, cdl::log_snr<double> zeta) {
    return compose(a, zeta);
}
