#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <millrace/consumer.hpp>
#include <string>
#include <system_error>

namespace {

// Keeps each mail as it came in a file of its own, `folder/SCOPE.eml`.
struct Postbox : millrace::Consumer {
    struct Shared {
        std::string folder;

        static constexpr auto kKeys = millrace::keys(
            millrace::key("folder", &Shared::folder, {.form = millrace::Form::path, .about = "of files"}));
    };

    explicit Postbox(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        const std::string name = shared_.folder + "/" + std::string(event.scope()) + ".eml";
        const int file = ::open((name + ".new").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file < 0) throw std::system_error(errno, std::generic_category(), name);
        const auto body = event.body();
        const ssize_t written = ::write(file, body.data(), body.size());
        ::close(file);
        if (written != static_cast<ssize_t>(body.size())) throw std::runtime_error(name + ": not all was written");
        if (::rename((name + ".new").c_str(), name.c_str()) != 0) throw std::runtime_error(name + ": no name");
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("postbox", "1.0.0", Postbox)
