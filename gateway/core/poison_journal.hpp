#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

// Which durable delivery each thread was handling when the process died, so that a message that crashes its consumer is
// known as such at the next start, and does not crash it for ever.
//
// The notes stand in a small memory-mapped file: the kernel keeps it when the process is gone, and a note costs a few
// stores. After a power cut it may say less; a crash is repeated then, and noted again.
namespace millrace {

// What was in progress when the process died.
struct Suspect {
    std::int64_t lane = 0;
    std::int64_t position = 0;
    std::string plugin;
    std::string hash;         // SHA-256 of the plugin's file.
    bool is_culprit = false;  // Its own thread was hit by the signal.
};

class PoisonJournal {
  public:
    static constexpr std::size_t kThreadsMax = 256;

    // What the last process has left.
    struct Last {
        int signal = 0;  // That has ended it; 0: none that could be noted: SIGKILL, a power cut, or no end by force.
        std::vector<Suspect> suspects;
    };

    // [start] Makes the file where it is missing, and reads what stands in it. A file that is damaged holds nothing.
    // One that cannot be opened or mapped is an error.
    static Result<PoisonJournal> open(const std::string& path);
    ~PoisonJournal();
    PoisonJournal(PoisonJournal&& other) noexcept;
    PoisonJournal& operator=(PoisonJournal&&) = delete;

    const Last& last() const { return last_; }

    // [start] What the last process has left is dealt with: forgets it in the file. Before anything is noted.
    void begin();

    // The place of one thread's notes: a loop's, or a worker's. Thread: that one.
    class Slot {
      public:
        // A handler of this delivery is called on this thread. `plugin` and `hash` are cut to what there is room for.
        void begin(std::int64_t lane, std::int64_t position, std::string_view plugin, std::string_view hash);

        // It has returned, or is suspended.
        void end();

      private:
        friend class PoisonJournal;
        struct Note;
        explicit Slot(Note* note) : note_(note) {}
        Note* note_ = nullptr;
    };

    // [the thread that it is for] Nothing where there are too many threads: what that one handles is not noted.
    Slot* add_thread();

    // [a signal handler] Notes the signal, and that this thread was hit.
    void note_signal(int signal) noexcept;

  private:
    struct Page;
    explicit PoisonJournal(Page* page) : page_(page) {}
    void read();

    Page* page_ = nullptr;
    Last last_;
    std::vector<Slot> slots_;
    std::atomic<std::size_t> threads_{0};
};

}  // namespace millrace
