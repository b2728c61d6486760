// A weight in the integral over the log-SNR needs a law of levels with a density; steps have none.
// expect: cdl: discrete steps have no density in the log-SNR: weight draws, by `per_draw`, not levels
#include <cdl/exec/serial.hpp>
#include <cdl/objective/denoising.hpp>
#include <cdl/schedule/uniform_times.hpp>

void prepare(const cdl::schedule::discrete_levels<double>& model, const std::vector<double>& x) {
    const cdl::schedule::uniform_over_steps<double> law(model);
    cdl::objective::prepare(cdl::exec::serial{}, cdl::objective::denoising{law, cdl::objective::vlb()}, x);
}
