#include "gateway/core/poison_journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace millrace {

// `state` is set last and cleared first: whatever else stands in a note whose state is kIdle means nothing.
struct PoisonJournal::Slot::Note {
    static constexpr std::uint32_t kIdle = 0;
    static constexpr std::uint32_t kBusy = 0x42555359;
    static constexpr std::uint32_t kHit = 0x48495421;

    std::atomic<std::uint32_t> state;
    std::uint32_t unused;
    std::int64_t lane;
    std::int64_t position;
    char plugin[72];
    char hash[64];
};

struct PoisonJournal::Page {
    static constexpr std::uint64_t kMagic = 0x314e534f504c524d;  // "MRLPOSN1"

    std::uint64_t magic;
    std::atomic<std::int32_t> signal;
    std::uint32_t unused;
    std::array<Slot::Note, kThreadsMax> notes;
};

namespace {

thread_local std::atomic<std::uint32_t>* own_state = nullptr;

template <std::size_t kSize> void copy(char (&to)[kSize], std::string_view from) {
    const std::size_t size = std::min(from.size(), kSize);
    std::memcpy(to, from.data(), size);
    if (size < kSize) to[size] = '\0';
}

template <std::size_t kSize> std::string text_of(const char (&from)[kSize]) {
    return std::string(from, ::strnlen(from, kSize));
}

}  // namespace

Result<PoisonJournal> PoisonJournal::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const auto failed = [&](const char* what) {
        Error error{fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
        if (fd >= 0) ::close(fd);
        return error;
    };
    if (fd < 0) return failed("open");
    if (const int error = ::posix_fallocate(fd, 0, sizeof(Page)); error != 0) {
        errno = error;
        return failed("make room for");
    }
    void* page = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) return failed("map");
    ::close(fd);
    PoisonJournal journal(static_cast<Page*>(page));
    journal.read();
    return journal;
}

PoisonJournal::PoisonJournal(PoisonJournal&& other) noexcept
    : page_(std::exchange(other.page_, nullptr)), last_(std::move(other.last_)), slots_(std::move(other.slots_)),
      threads_(other.threads_.load()) {}

PoisonJournal::~PoisonJournal() {
    if (page_) ::munmap(page_, sizeof(Page));
}

void PoisonJournal::read() {
    const bool is_known = page_->magic == Page::kMagic;
    if (is_known) last_.signal = page_->signal.load();
    for (Slot::Note& note : page_->notes) {
        const auto state = note.state.load();
        if (is_known && (state == Slot::Note::kBusy || state == Slot::Note::kHit)) {
            last_.suspects.push_back(
                {note.lane, note.position, text_of(note.plugin), text_of(note.hash), state == Slot::Note::kHit});
        }
        slots_.push_back(Slot(&note));
    }
}

void PoisonJournal::begin() {
    for (Slot::Note& note : page_->notes) note.state.store(Slot::Note::kIdle);
    page_->signal.store(0);
    page_->magic = Page::kMagic;
}

PoisonJournal::Slot* PoisonJournal::add_thread() {
    const auto index = threads_.fetch_add(1);
    if (index >= slots_.size()) return nullptr;
    own_state = &slots_[index].note_->state;
    return &slots_[index];
}

void PoisonJournal::Slot::begin(std::int64_t lane, std::int64_t position, std::string_view plugin,
                                std::string_view hash) {
    note_->state.store(Note::kIdle, std::memory_order_relaxed);
    note_->lane = lane;
    note_->position = position;
    copy(note_->plugin, plugin);
    copy(note_->hash, hash);
    note_->state.store(Note::kBusy, std::memory_order_release);
}

void PoisonJournal::Slot::end() { note_->state.store(Note::kIdle, std::memory_order_release); }

void PoisonJournal::note_signal(int signal) noexcept {
    page_->signal.store(signal);
    std::uint32_t busy = Slot::Note::kBusy;
    if (own_state) own_state->compare_exchange_strong(busy, Slot::Note::kHit);
}

}  // namespace millrace
