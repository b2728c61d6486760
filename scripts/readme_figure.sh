#!/usr/bin/env bash
# Draw docs/images/readme.svg from the output of docs/images/readme_figure.cpp. Needs a compiler, Eigen and gnuplot.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build/readme
read -ra eigen <<<"$(pkg-config --cflags eigen3)"
"${CXX:-c++}" -std=c++20 -O2 -ffp-contract=off -I include "${eigen[@]}" docs/images/readme_figure.cpp \
    -o build/readme/figure
build/readme/figure >build/readme/figure.dat
gnuplot <<'GNUPLOT'
set terminal svg size 1000,300 font "sans-serif,13" background "white"
set output "docs/images/readme.svg"
data = "build/readme/figure.dat"
array colour[4] = ["#08306b", "#2171b5", "#41ab5d", "#d94801"]
array level[4] = ["clean", "2", "0", "-3"]
set multiplot layout 1,3
set xrange [-5:4]; set xtics 2; set xlabel "x"; set border 3; set tics nomirror
set style line 5 pointtype 7 pointsize 0.45
set key top left Left reverse samplen 1.2 spacing 0.9 font ",11" title "level ζ" left
set title "density p_ζ(x) [CDL eqs. 2, 3]" noenhanced
set yrange [0:0.55]; set ytics 0.1
plot for [k=1:4] data index 0 using 1:k+1 with lines linewidth 1.5 linecolor rgb colour[k] title level[k], \
     for [k=1:4] data index 1 using 1:k+1 with points linestyle 5 linecolor rgb colour[k] notitle
unset key
set title "log p_ζ(x) - log p(x), ζ = 2 [CDL eq. 8]" noenhanced
set yrange [-0.5:2.5]; set ytics 0.5
plot data index 2 using 1:2 with lines linewidth 1.5 linecolor rgb colour[1], \
     data index 3 using 1:2 with points linestyle 5 linecolor rgb colour[4]
set key top right noreverse Right samplen 1.2 spacing 1 font ",13" title ""
set title "q(noisy | x), ζ = 2 [CDL eq. 6]" noenhanced
set yrange [0:1]; set ytics 0.25
plot data index 2 using 1:3 with lines linewidth 1.5 linecolor rgb colour[1] title "closed form", \
     data index 3 using 1:3 with points linestyle 5 linecolor rgb colour[4] title "from the denoiser"
unset multiplot
GNUPLOT
echo "readme_figure.sh: docs/images/readme.svg"
