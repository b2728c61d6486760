// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <cdl/version.hpp>

#include "../support/fast_policy.hpp"
#include "figures.hpp"
#include "table.hpp"

#include <cstdio>
#include <iostream>
#include <limits>

namespace verify {
namespace {

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string short_text(double number) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.4g", number);
    return buffer;
}

constexpr char style[] = R"(<style>
body { font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #222;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.86rem; }
th, td { text-align: left; padding: 0.22rem 0.6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
th.n, td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.e { white-space: nowrap; }
.holds { color: #1d7a43; } .fails { color: #b3202c; font-weight: bold; }
figure { margin: 1.6rem 0; } figure svg { max-width: 100%; height: auto; display: block; }
figcaption { color: #444; font-size: 0.92rem; max-width: 48rem; }
.scroll { overflow-x: auto; }
</style>
)";

void write_table(std::ostream& out, const section& s) {
    const bool errata = !s.lines.empty() && s.lines.front().printed_error.has_value();
    out << "<div class=\"scroll\"><table>\n<tr><th>equation</th><th>"
        << (errata ? "correction" : "what is compared with what") << "</th><th class=\"n\">points</th>"
        << (errata ? "<th class=\"n\">as printed, off by</th>" : "")
        << "<th class=\"n\">largest error</th><th class=\"n\">bound</th><th></th></tr>\n";
    for (const line& l : s.lines) {
        out << "<tr><td class=\"e\">" << escaped(l.equation) << "</td><td>" << escaped(l.claim)
            << "</td><td class=\"n\">" << l.error.points << "</td>";
        if (errata) out << "<td class=\"n\">" << (l.printed_error ? scientific(*l.printed_error) : "") << "</td>";
        out << "<td class=\"n\">" << scientific(l.error.value) << "</td><td class=\"n\">" << short_text(l.bound)
            << "</td>" << (l.holds() ? "<td class=\"holds\">holds</td>" : "<td class=\"fails\">FAILS</td>")
            << "</tr>\n";
    }
    out << "</table></div>\n";
}

void write_setting(std::ostream& out, const setting& s) {
    out << "<tr><td class=\"e\">" << escaped(s.data.label) << "</td><td>" << escaped(s.data.name) << "</td><td>"
        << s.data.size() << "</td><td>" << short_text(s.scale.spread) << "</td><td>" << short_text(s.scale.narrowest)
        << "</td><td>";
    if (!s.by_quadrature)
        out << "Monte Carlo, " << s.sampling.levels << " levels a point from logistic("
            << short_text(s.sampling.law.location) << ", " << short_text(s.sampling.law.scale) << "), seed "
            << s.sampling.seed;
    else if (s.rule.level_nodes > 0)
        out << "quadrature, " << s.rule.level_nodes << " levels, " << s.rule.noise_nodes
            << " noise intervals a coordinate";
    else
        out << "quadrature, nodes doubled to a tolerance of " << short_text(s.rule.tolerance) << ", centre "
            << short_text(s.rule.center);
    out << "</td></tr>\n";
}

} // namespace

void write_report(std::ostream& out, const std::vector<section>& sections, const std::vector<const setting*>& settings,
                  const std::function<void(const std::string&)>& progress) {
    std::string trouble;
    const auto figures = draw_figures(settings, progress, trouble);
    std::size_t lines = 0, fails = 0;
    for (const auto& s : sections)
        for (const auto& l : s.lines) ++lines, fails += l.holds() ? 0 : 1;

    out << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
           "content=\"width=device-width\">\n"
        << "<title>cdl: "
        << (fails == 0 ? "all " + std::to_string(lines) + " lines hold"
                       : std::to_string(fails) + " of " + std::to_string(lines) + " lines fail")
        << "</title>\n"
        << style << "</head>\n<body>\n<h1>" << (fails == 0 ? "The derivations hold" : "Some derivations do not hold")
        << "</h1>\n<p>A diffusion model's denoiser is a density estimator and a noise classifier. Here the data is a "
           "known mixture, so is its exact "
           "denoiser, and the equations of the CDL paper (Wu et al. 2024), of the appendices of VDM (Kingma et al. "
           "2021) "
           "and of CDM (Yadin et al. 2024) are compared with something "
           "that does not use them. "
        << (fails == 0 ? "All " + std::to_string(lines) + " lines hold."
                       : std::to_string(fails) + " of " + std::to_string(lines) + " lines fail.")
        << " Errors are absolute up to 1 and relative above, unless a line says otherwise; of points up to the spread "
           "of "
           "the data, if that is below 1.</p>\n"
        << "<p>S = sqrt(sigmoid(a)) and N = sqrt(sigmoid(&minus;a)) scale signal and noise at log-SNR a: z = S x + N "
           "eps. p_zeta is the data noised to level zeta.</p>\n";
    if (!trouble.empty()) {
        out << "<p>" << escaped(trouble) << ".</p>\n";
        std::cerr << "verify_derivations: " << trouble << '\n';
    }
    if (!figures.empty()) out << "<h2>Figures</h2>\n";
    for (const figure& f : figures)
        if (!f.svg.empty())
            out << "<figure>\n<h3>" << escaped(f.title) << "</h3>\n"
                << f.svg << "\n<figcaption>" << escaped(f.caption) << "</figcaption>\n</figure>\n";
    for (const section& s : sections) {
        out << "<h2>" << escaped(s.heading) << "</h2>\n";
        write_table(out, s);
    }
    out << "<h2>Settings</h2>\n<p>cdl " << cdl::version << ", policies " << support::policy_name << " and "
        << support::single_thread_name << ", double precision; the reference is in long double with "
        << std::numeric_limits<real>::digits
        << " bits. Results do not depend on the number of threads.</p>\n<div class=\"scroll\"><table>\n"
           "<tr><th>data</th><th></th><th>components</th><th>spread</th><th>narrowest</th><th>integrals over level and "
           "noise</th></tr>\n";
    for (const setting* s : settings) write_setting(out, *s);
    out << "</table></div>\n</body>\n</html>\n";
}

} // namespace verify
