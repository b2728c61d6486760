// SPDX-License-Identifier: MIT
#include "input.hpp"

#include <filesystem>

namespace support {

std::string shown(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126) c = '?';
    return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

void complain(const std::string& file, const std::string& place, const std::string& requirement,
              const std::string& got) {
    throw bad_input(shown(file) + ": " + place + ": " + requirement + "; got " + got);
}

std::ifstream open(const std::string& file) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) complain(file, "file", "must be a file", "a directory");
    std::ifstream in(file, std::ios::binary);
    if (!in)
        complain(file, "file", "must be readable",
                 std::filesystem::exists(file, error) ? "no permission" : "no such file");
    return in;
}

std::string contents(const std::string& file) {
    constexpr std::size_t most = std::size_t{256} << 20;
    auto in = open(file);
    std::string all, part(1 << 20, '\0');
    while (in) {
        in.read(part.data(), static_cast<std::streamsize>(part.size()));
        all.append(part, 0, static_cast<std::size_t>(in.gcount()));
        if (all.size() > most) complain(file, "file", "must have at most 256 MiB", "more");
    }
    if (in.bad()) complain(file, "file", "must be readable", "a read error");
    return all;
}

} // namespace support
