#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

// A file of lines that says what an adapter has to know after a restart. The last line about a thing holds, so writing
// is appending; when most of the file is of no use any more, it is written anew.
//
// The first line says what the file is: one that begins otherwise is refused, and left as it is. Each other line has a
// mark at its end: one that was cut off says nothing. What is written stands the end of the process at once, and of the
// machine soon, or before write() returns.
// Thread: one. Two generations of an adapter may have the same file.
namespace millrace {

class LineFile {
  public:
    // Takes a line, without its end; one that says nothing is passed over. Its own lines may come again among those of
    // others.
    using Read = std::function<void(std::string_view line)>;
    // Appends all that holds, by add_line().
    using Write = std::function<void(std::string& text)>;

    static constexpr std::uint64_t kSlackBytes = 1 << 20;  // What the file grows by until it is written anew, at least.

    LineFile(Read read, Write write) : read_(std::move(read)), write_(std::move(write)) {}
    ~LineFile();
    LineFile(const LineFile&) = delete;

    // Reads all of it, and writes it anew where no other generation has it. `head`: its first line. Throws
    // std::runtime_error where it cannot be read or written, or is another file.
    void open(const std::string& path, std::string_view head);
    bool is_open() const { return file_ >= 0; }

    // False: it could not be written. `is_synced`: it is on the disk. A file that is not open takes everything.
    bool write(std::string_view line, bool is_synced);

    // Whether it is worth while to tend() it.
    bool has_grown() const { return is_open() && read_to_ + own_bytes_ > 2 * new_bytes_ + kSlackBytes; }
    // Reads what another generation has written since, and writes the file anew where it has grown.
    void tend();

    static void add_line(std::string& text, std::string_view line);

  private:
    void open_file();
    bool read_on();
    std::size_t take_head(std::string_view text);
    bool rewrite();
    bool share_again();

    const Read read_;
    const Write write_;
    std::string path_;
    std::string head_;
    std::string missing_head_;  // What of it the file has not yet.
    int file_ = -1;
    std::uint64_t read_to_ = 0;    // What stands before it is known,
    std::uint64_t own_bytes_ = 0;  // and so much behind it is this object's own.
    std::uint64_t new_bytes_ = 0;  // The size of the file when it was written anew.
    bool is_torn_ = false;         // Its last line has no end.
};

}  // namespace millrace
