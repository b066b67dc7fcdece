#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <millrace/consumer.hpp>
#include <string>
#include <system_error>

namespace {

// Sends on what it gets, asks what became of it, and writes each receipt as a line of JSON.
struct Asker : millrace::Consumer {
    struct Shared {
        std::string to;
        std::string path;

        static constexpr auto kKeys = millrace::keys(
            millrace::key("to", &Shared::to, {.about = "an adapter's address"}),
            millrace::key("path", &Shared::path, {.form = millrace::Form::path, .about = "of the receipts"}));
    };

    explicit Asker(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override { send(shared_.to, event.text(), {.reported = true}); }

    void on_receipt(const millrace::Message& event) override {
        const int file = ::open(shared_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        const std::string line = event.json() + "\n";
        const bool is_written = ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
        ::close(file);
        if (!is_written) throw std::system_error(errno, std::generic_category(), shared_.path);
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("asker", "1.0.0", Asker)
