#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <millrace/consumer.hpp>
#include <string>
#include <system_error>

namespace {

// Writes every event, of whatever kind, as a line of JSON.
struct Journal : millrace::Consumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) : path(config.text("path")) {}

        ~Shared() {
            if (file >= 0) ::close(file);
        }

        void start() {
            file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
            if (file < 0) throw std::system_error(errno, std::generic_category(), path);
        }

        std::string path;
        int file = -1;
    };

    explicit Journal(const Shared& shared) : shared_(shared) {}

    void on_connect(const millrace::Message& event) override { write(event); }
    void on_message(const millrace::Message& event) override { write(event); }
    void on_receipt(const millrace::Message& event) override { write(event); }
    void on_gap(const millrace::Message& event) override { write(event); }
    void on_disconnect(const millrace::Message& event) override { write(event); }

  private:
    void write(const millrace::Message& event) {
        const std::string line = event.json() + "\n";
        if (::write(shared_.file, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
            throw std::system_error(errno, std::generic_category(), shared_.path);
    }

    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("journal", "1.0.0", Journal)
