// SPDX-License-Identifier: MIT
#include "files.hpp"

#include "../support/input.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iterator>

namespace experiments {

std::string read_file(const std::string& file) {
    auto in = support::open(file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_whole(const std::string& file, std::string_view bytes) {
    const std::string beside = file + ".new";
    std::FILE* out = std::fopen(beside.c_str(), "wb");
    if (out == nullptr) support::complain(file, "file", "must be in a folder that can be written", "no permission");
    bool whole = std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size();
    whole = std::fflush(out) == 0 && whole;
    whole = fsync(fileno(out)) == 0 && whole;
    whole = std::fclose(out) == 0 && whole;
    if (!whole || std::rename(beside.c_str(), file.c_str()) != 0)
        support::complain(file, "file", "must have room", "a write error");
}

void make_folder(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error || !std::filesystem::is_directory(folder, error))
        support::complain(folder, "folder", "must be one that can be made", "an error");
}

std::uint64_t checksum(std::string_view bytes) {
    std::uint64_t sum = 0xcbf29ce484222325u;
    for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return sum;
}

} // namespace experiments
