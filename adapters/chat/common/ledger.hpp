#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "adapters/chat/common/id_map.hpp"
#include "adapters/common/line_file.hpp"

// What a chat adapter has to know after a restart: which messages of the network its commands have become, and how far
// each source has been read. Cursors move when the gateway has what lies before them (progress.hpp), never earlier.
//
// It is a file of lines (line_file.hpp), and stands the end of the process at once, of the machine soon: a cursor that
// is lost has the network say again what the gateway knows by its `external_id`.
//
// Thread: one. Two generations of an adapter may have the same file; what one writes later the other sees when it
// writes the file anew.
namespace millrace::chat {

class Ledger {
  public:
    static constexpr std::size_t kMessagesMax = 20'000;  // Of the id map.
    static constexpr std::size_t kCursorsMax = 10'000;
    static constexpr std::size_t kValueBytesMax = 4'096;  // Of a cursor and its name.

    explicit Ledger(std::size_t messages_max = kMessagesMax);

    // `owner`: the adapter's type and its account; of another the file is refused. Throws as LineFile::open. Until then
    // all is kept in memory alone.
    void open(const std::string& path, std::string_view owner);
    bool is_open() const { return file_.is_open(); }

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
    void add_all(std::string& text) const;
    bool write(const std::string& line);

    IdMap ids_;
    std::map<std::string, std::string, std::less<>> cursors_;
    LineFile file_;
};

}  // namespace millrace::chat
