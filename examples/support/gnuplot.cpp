// SPDX-License-Identifier: MIT
#include "gnuplot.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern char** environ;

namespace support {

gnuplot::gnuplot() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / ("cdl_figures." + std::string(6, 'X'))).string();
    if (error || mkdtemp(name.data()) == nullptr)
        trouble_ = "no figures: there is no folder for temporary files";
    else
        folder_ = name;
}

gnuplot::~gnuplot() {
    std::error_code error;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
}

std::string gnuplot::svg(const std::string& script, int width, int height) {
    const std::string name = "figure" + std::to_string(count_ + 1) + "_",
                      size = std::to_string(width) + "," + std::to_string(height);
    const std::string text = drawn(script, "svg size " + size + " font 'DejaVu Sans,Arial,sans-serif,13' name '" +
                                               name + "' background '#ffffff'");
    const auto start = text.find("<svg"), end = text.rfind("</svg>");
    if (start != std::string::npos && end != std::string::npos) return text.substr(start, end + 6 - start);
    if (trouble_.empty()) trouble_ = "figure " + std::to_string(count_) + " is missing: gnuplot failed";
    return {};
}

std::string gnuplot::png(const std::string& script, int width, int height) {
    return drawn(script, "pngcairo size " + std::to_string(width) + "," + std::to_string(height) +
                             " font 'DejaVu Sans,11' background '#ffffff'");
}

/// The file that the script makes with a terminal; empty on failure.
std::string gnuplot::drawn(const std::string& script, const std::string& terminal) {
    if (!trouble_.empty()) return {};
    const std::string number = std::to_string(++count_), input = folder_ + "/" + number + ".gp",
                      output = folder_ + "/" + number + ".out";
    std::string quoted;
    for (const char c : output) quoted += c == '\'' ? "''" : std::string(1, c);
    std::ofstream(input)
        << "set encoding utf8\nset terminal " << terminal << "\nset output '" << quoted << "'\n"
        << "set border 3 lc rgb '#666666'\nset tics nomirror textcolor rgb '#333333'\nset grid lc rgb '#e4e4e4' lt 1\n"
        << "set key noenhanced opaque\n"
        << script << "\nset output\n";
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder_ + "/errors").c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char program[] = "gnuplot";
    std::vector<char> argument(input.c_str(), input.c_str() + input.size() + 1);
    char* arguments[] = {program, argument.data(), nullptr};
    pid_t child = 0;
    const int failed = posix_spawnp(&child, program, &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (failed == 0) {
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    if (failed != 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127)) {
        trouble_ = "no figures: gnuplot is not installed (Debian/Ubuntu: gnuplot-nox)";
        return {};
    }
    std::ifstream in(output, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (status != 0 || text.empty()) {
        std::ifstream errors(folder_ + "/errors");
        std::string line, message;
        while (std::getline(errors, line))
            if (line.find_first_not_of(" ^\t") != std::string::npos) message = line;
        trouble_ = "figure " + number + " is missing: gnuplot failed" + (message.empty() ? "" : ": " + message);
        return {};
    }
    return text;
}

void data_block::row(const std::vector<double>& values) {
    char number[32];
    for (const double v : values) {
        std::snprintf(number, sizeof number, "%.9g ", v);
        text_ += number;
    }
    text_ += '\n';
}

} // namespace support
