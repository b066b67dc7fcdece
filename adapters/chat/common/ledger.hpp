#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "adapters/chat/common/id_map.hpp"

// What a chat adapter has to know after a restart: which messages of the network its commands have become, and how far
// each source has been read. Cursors move when the gateway has what lies before them (progress.hpp), never earlier.
//
// It is a file of lines, of which the last about a thing holds; the first says whose it is. A line that was cut off
// says nothing. What is written stands the end of the process at once, and of the machine soon: a cursor that is lost
// has the network say again what the gateway knows by its `external_id`. The file is written anew when most of it holds
// no more.
//
// Thread: one. Two generations of an adapter may have the same file; what one writes later the other does not see.
namespace millrace::chat {

class Ledger {
  public:
    static constexpr std::size_t kMessagesMax = 20'000;  // Of the id map.
    static constexpr std::size_t kCursorsMax = 10'000;
    static constexpr std::size_t kValueBytesMax = 4'096;  // Of a cursor and its name.

    explicit Ledger(std::size_t messages_max = kMessagesMax) : ids_(messages_max) {}
    ~Ledger();
    Ledger(const Ledger&) = delete;

    // Throws std::runtime_error where the file cannot be read or written, or is not `owner`'s: the adapter's type and
    // its account, in one line. Until then all is kept in memory alone.
    void open(const std::string& path, std::string_view owner);
    bool is_open() const { return file_ >= 0; }

    const IdMap& ids() const { return ids_; }
    // False: it is known, but could not be written down.
    bool put(IdMap::Entry entry);

    // Empty: there is none of that name. Valid until it moves.
    std::string_view cursor(std::string_view name) const;
    // To nothing: it is forgotten. False: it could not be written down, is too large, or one too many.
    bool move(std::string_view name, std::string_view value);
    const std::map<std::string, std::string, std::less<>>& cursors() const { return cursors_; }

  private:
    void read(std::string_view line);
    std::string all() const;
    void rewrite_if_alone();
    void rewrite();
    bool write(const std::string& line);

    IdMap ids_;
    std::map<std::string, std::string, std::less<>> cursors_;
    int file_ = -1;
    std::string path_;
    std::string owner_;
    std::size_t grown_ = 0;     // Bytes that were written since it was written anew,
    std::size_t grow_max_ = 0;  // and how many may be.
    bool is_cut_ = false;       // Its end is a line that was cut off.
};

}  // namespace millrace::chat
