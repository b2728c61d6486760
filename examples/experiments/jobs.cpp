// SPDX-License-Identifier: MIT
#include "jobs.hpp"

#include "../support/input.hpp"
#include "../support/output.hpp"
#include "files.hpp"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <mutex>
#include <set>
#include <thread>

namespace experiments {
namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

/// Thrown out of `progress` in jobs that must stop because another one failed.
struct stopped {};

/// Whether the file `done` is there, for these settings.
bool is_done(const std::string& folder, const job& j) {
    const std::string file = folder + "/done";
    if (!std::filesystem::exists(file)) return false;
    const std::string text = read_file(file), theirs = text.substr(0, text.find('\n'));
    if (theirs != j.settings)
        throw support::bad_input(folder + ": settings: must be those of this run, " + j.settings + "; got " + theirs +
                                 " (another --out, or without that folder)");
    return true;
}

/// The folder of all jobs, held against other processes as long as this lives.
class held_folder {
public:
    explicit held_folder(const std::string& folder) {
        make_folder(folder);
        file_ = open((folder + "/.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
        if (file_ < 0) support::complain(folder, "folder", "must be one that can be written", "no permission");
        if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
            close(file_);
            support::complain(folder, "folder", "must not be in use", "another run that is at work there");
        }
    }
    ~held_folder() { close(file_); }
    held_folder(const held_folder&) = delete;
    held_folder& operator=(const held_folder&) = delete;

private:
    int file_;
};

/// What all workers share.
struct board {
    struct entry {
        double part = 0, loss = std::numeric_limits<double>::quiet_NaN();
        double first_part = -1; ///< when this process began it
        bool running = false, done = false;
    };
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<entry> entries;
    std::size_t next = 0, working = 0;
    std::exception_ptr failure;
};

/// minutes:seconds, with hours where there are any.
std::string clock_text(double seconds) {
    const auto s = static_cast<long long>(seconds);
    char text[40];
    if (s < 3600)
        std::snprintf(text, sizeof text, "%lld:%02lld", s / 60, s % 60);
    else
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    return text;
}

/// The sum of the parts that are done, and of those that were before this process, weighted, of all.
struct sums {
    double now = 0, before = 0;
};

sums parts(const board& b, const std::vector<job>& jobs) {
    sums s;
    double all = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const auto& e = b.entries[i];
        s.now += jobs[i].cost * e.part, s.before += jobs[i].cost * std::max(e.first_part, 0.0), all += jobs[i].cost;
    }
    return {s.now / all, s.before / all};
}

std::string progress_line(const board& b, const std::vector<job>& jobs, double seconds) {
    const auto [now, before] = parts(b, jobs);
    std::string bar(24, '.');
    std::fill_n(bar.begin(), static_cast<std::ptrdiff_t>(now * 24), '#');
    const auto done = std::count_if(b.entries.begin(), b.entries.end(), [](const auto& e) { return e.done; });
    std::string line = "[" + bar + "] " + std::to_string(done) + "/" + std::to_string(jobs.size()) + " jobs";
    bool first = true;
    for (const auto& e : b.entries)
        if (e.running && std::isfinite(e.loss)) {
            char text[32];
            std::snprintf(text, sizeof text, "%s%.4g", first ? ", loss " : " ", e.loss);
            line += text, first = false;
        }
    line += ", " + clock_text(seconds);
    if (now > before && now < 1) line += ", about " + clock_text(seconds * (1 - now) / (now - before)) + " left";
    return line;
}

/// Shows how far it is until all workers have ended.
void watch(board& b, const std::vector<job>& jobs) {
    const bool terminal = isatty(STDERR_FILENO) == 1;
    const auto start = clock::now();
    auto last = start;
    double shown = 0;
    std::unique_lock lock(b.mutex);
    for (bool ended = false; !ended;) {
        ended = b.changed.wait_for(lock, std::chrono::milliseconds(250), [&] { return b.working == 0; });
        const double now = parts(b, jobs).now;
        if (terminal)
            std::fprintf(stderr, "\r%s\x1b[K%s", progress_line(b, jobs, seconds_since(start)).c_str(),
                         ended ? "\n" : "");
        else if (seconds_since(last) >= 10 && now >= shown + 0.01) {
            std::fprintf(stderr, "%s\n", progress_line(b, jobs, seconds_since(start)).c_str());
            last = clock::now(), shown = now;
        }
        std::fflush(stderr);
    }
}

/// Runs one job and says so in its folder.
void work(const job& j, std::size_t i, board& b, const std::string& folder) {
    make_folder(folder);
    const auto start = clock::now();
    progress report([&](double part, double loss) {
        const std::lock_guard lock(b.mutex);
        auto& e = b.entries[i];
        if (e.first_part < 0) e.first_part = part;
        e.part = part, e.loss = loss;
        if (b.failure) throw stopped{};
    });
    j.run(folder, report);
    write_whole(folder + "/done",
                j.settings + "\n" + support::text(report.seconds_before() + seconds_since(start)) + "\n");
}

/// Takes one job after the other until there is none or one failed.
void serve(const std::vector<job>& jobs, board& b, const std::string& out) {
    at::set_num_threads(1);
    for (;;) {
        std::size_t i = 0;
        {
            const std::lock_guard lock(b.mutex);
            while (b.next < jobs.size() && b.entries[b.next].done) ++b.next;
            if (b.failure || b.next >= jobs.size()) break;
            i = b.next++;
            b.entries[i].running = true;
        }
        std::exception_ptr failure;
        const auto failed = [&](const std::string& what, bool bad_input) {
            std::string line = jobs[i].name + ": " + what;
            if (bad_input) return std::make_exception_ptr(support::bad_input(line));
            return std::make_exception_ptr(std::runtime_error(line));
        };
        try {
            work(jobs[i], i, b, folder_of(out, jobs[i].name));
        } catch (const stopped&) {
            break;
        } catch (const support::bad_input& error) {
            failure = failed(error.what(), true);
        } catch (const std::invalid_argument& error) {
            failure = failed(error.what(), true);
        } catch (const c10::Error& error) {
            failure = failed(error.what_without_backtrace(), false);
        } catch (const std::exception& error) {
            failure = failed(error.what(), false);
        }
        const std::lock_guard lock(b.mutex);
        auto& e = b.entries[i];
        e.running = false;
        if (failure && !b.failure) b.failure = failure;
        if (!failure) e.done = true, e.part = 1;
    }
    const std::lock_guard lock(b.mutex);
    --b.working;
    b.changed.notify_all();
}

} // namespace

std::string folder_of(const std::string& out, const std::string& job_name) {
    return out + "/runs/" + job_name;
}

double seconds_of(const std::string& out, const job& done) {
    const std::string text = read_file(folder_of(out, done.name) + "/done");
    return std::atof(text.c_str() + text.find('\n') + 1);
}

void run_jobs(const std::vector<job>& jobs, const std::string& out, index_t workers) {
    const held_folder folder(out + "/runs");
    std::set<std::string> names;
    board b;
    b.entries.resize(jobs.size());
    std::size_t left = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if (!names.insert(jobs[i].name).second) throw std::logic_error("two jobs are called " + jobs[i].name);
        if (jobs[i].settings.find('\n') != std::string::npos)
            throw std::logic_error("the settings of a job must be one line: " + jobs[i].name);
        auto& e = b.entries[i];
        e.done = is_done(folder_of(out, jobs[i].name), jobs[i]);
        if (e.done) e.part = e.first_part = 1;
        left += e.done ? 0 : 1;
    }
    if (left == 0) return;
    b.working = std::min(left, static_cast<std::size_t>(workers));
    std::vector<std::jthread> threads;
    for (std::size_t k = b.working; k > 0; --k) threads.emplace_back([&] { serve(jobs, b, out); });
    watch(b, jobs);
    threads.clear();
    if (b.failure) std::rethrow_exception(b.failure);
}

} // namespace experiments
