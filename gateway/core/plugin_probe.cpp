#include "gateway/core/plugin_probe.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "gateway/base/log.hpp"
#include "gateway/core/plugin_file.hpp"
#include "gateway/core/plugin_trial.hpp"

namespace millrace {
namespace {

constexpr std::size_t kLineBytesMax = 300;

// Changes with a file, without reading it.
std::string stamp(const char* path) {
    struct stat status {};
    if (::stat(path, &status) != 0) return "none";
    return fmt::format("{}.{}.{}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

// The note that these files, in this order, can be loaded by this gateway with the system's libraries of today.
std::string note_of(std::span<const PluginFile> files, const Prober& prober) {
    std::string set = stamp(prober.program.c_str()) + ' ' + stamp("/etc/ld.so.cache");
    for (const PluginFile& file : files) set += ' ' + std::filesystem::path(file.path).filename().string();
    return fmt::format("{}/plugins/{}.tried", prober.state_dir, sha256(set));
}

std::string name_of(const PluginFile& file) {
    const bool is_adapter = file.manifest->kind == Manifest::Kind::adapter;
    return fmt::format("{} '{}'", is_adapter ? "adapter" : "consumer", file.manifest->id);
}

std::string last_line(std::string_view text) {
    const auto end = text.find_last_not_of("\n ");
    if (end == std::string_view::npos) return {};
    text = text.substr(0, end + 1);
    std::string line(text.substr(text.rfind('\n') + 1).substr(0, kLineBytesMax));
    std::ranges::replace_if(
        line, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return line;
}

// The file that libprotobuf was given twice, or nothing.
std::string_view doubled_proto(std::string_view said) {
    constexpr std::string_view kMark = "File already exists in database: ";
    const auto at = said.find(kMark);
    if (at == std::string_view::npos) return {};
    said.remove_prefix(at + kMark.size());
    return said.substr(0, said.find('\n'));
}

std::string describe_end(const Trial& trial) {
    const std::string how = trial.end == Trial::End::killed ? fmt::format("SIG{}", ::sigabbrev_np(trial.code))
                                                            : fmt::format("exit code {}", trial.code);
    const std::string line = last_line(trial.said);
    return line.empty() ? how : fmt::format("{}: {}", how, line);
}

class Probe {
  public:
    Probe(std::span<const PluginFile> files, const std::string& program) : files_(files), program_(program) {
        for (std::size_t i = 0; i < files.size(); ++i) set_.push_back(i);
    }

    // Whether all are known now. Leaves out one after the other of those that end their trial.
    Result<void> run(std::vector<std::optional<std::string>>& reasons) {
        while (!set_.empty()) {
            Result<Trial> trial = try_set(set_);
            if (!trial) return trial.error();
            if (trial->end == Trial::End::done) break;
            const std::size_t place = trial->begun - 1;
            reasons[set_[place]] = explain(*trial, place);
            set_.erase(set_.begin() + static_cast<std::ptrdiff_t>(place));
        }
        return {};
    }

  private:
    Result<Trial> try_set(const std::vector<std::size_t>& set) const {
        std::vector<std::string> paths;
        for (const std::size_t index : set) paths.push_back(files_[index].path);
        return run_trial(program_, paths);
    }

    bool can_load(const std::vector<std::size_t>& set) const {
        const Result<Trial> trial = try_set(set);
        return trial && trial->end == Trial::End::done;
    }

    std::string explain(const Trial& trial, std::size_t place) const {
        if (trial.end == Trial::End::timed_out) {
            return "loading it takes longer than 5 s: its static initialisers must not wait for anything";
        }
        if (place == 0 || !can_load({set_[place]})) {
            return fmt::format(
                "it ends the process that loads it ({}): a plugin does its work in start, not while it "
                "is loaded",
                describe_end(trial));
        }
        const std::string other = opponent(place);
        if (const auto proto = doubled_proto(trial.said); !proto.empty()) {
            return fmt::format(
                "it brings {} to the shared libprotobuf, and so does {}; both at once end the process. "
                "Build one of them as the SDK does: protoc --cpp_out=lite:, hidden visibility, "
                "libprotobuf-lite",
                proto, other);
        }
        return fmt::format("it ends the process when it is loaded beside {} ({}): remove one of the two", other,
                           describe_end(trial));
    }

    // The one before it that it cannot be loaded beside.
    std::string opponent(std::size_t place) const {
        const auto before = std::span(set_).first(place);
        const auto found = std::ranges::find_if(before, [&](std::size_t other) {
            return !can_load({other, set_[place]});
        });
        return found == before.end() ? "the others" : name_of(files_[*found]);
    }

    const std::span<const PluginFile> files_;
    const std::string& program_;
    std::vector<std::size_t> set_;  // Indices of those that are still to be loaded.
};

}  // namespace

std::vector<std::optional<std::string>> probe_plugins(std::span<const PluginFile> files, const Prober& prober) {
    std::vector<std::optional<std::string>> reasons(files.size());
    const std::string note = prober.state_dir.empty() ? std::string() : note_of(files, prober);
    if (!note.empty() && std::filesystem::exists(note)) return reasons;
    const auto known = Probe(files, prober.program).run(reasons);
    if (!known) log::warn("plugins", "loaded without a trial: {}", known.error().text);
    const bool is_good = known && std::ranges::none_of(reasons, [](const auto& reason) { return reason.has_value(); });
    if (is_good && !note.empty()) std::ofstream{note};
    return reasons;
}

}  // namespace millrace
