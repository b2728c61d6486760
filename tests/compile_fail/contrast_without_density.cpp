// The contrastive loss integrates over all levels: a law without a density cannot.
// expect: cdl: `law` must be a law of levels with a density: the integral runs over all of them
#include <cdl/exec/serial.hpp>
#include <cdl/objective/contrastive.hpp>

void prepare(const std::vector<double>& x) {
    const cdl::objective::contrastive<cdl::schedule::uniform_levels, cdl::schedule::fixed_level> loss{};
    cdl::objective::prepare(cdl::exec::serial{}, loss, x);
}
