#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <millrace/consumer.hpp>
#include <string>
#include <system_error>

namespace {

// Writes every message as one line of JSON, whole and at once, before it says yes.
struct Audit : millrace::Consumer {
    // The file. Appending writes of several threads do not mix.
    struct Shared {
        ~Shared() {
            if (file >= 0) ::close(file);
        }

        void start() {
            file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
            if (file < 0) throw std::system_error(errno, std::generic_category(), path);
        }

        std::string path;
        int file = -1;

        static constexpr auto kKeys =
            millrace::keys(millrace::key("path", &Shared::path, {.form = millrace::Form::path, .about = "the file"}));
    };

    explicit Audit(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        const std::string line = event.json() + "\n";
        const ssize_t written = ::write(shared_.file, line.data(), line.size());
        if (written < 0) throw std::system_error(errno, std::generic_category(), shared_.path);
        if (static_cast<std::size_t>(written) < line.size())
            retry(shared_.path + ": only a part of the line was written");
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("audit", "1.0.0", Audit)
