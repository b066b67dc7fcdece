#include <millrace/consumer.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

// A text with places for what an event has: `{line}: {text}`. `{{` and `}}` are the braces themselves.
class Template {
  public:
    // Returns what is wrong with it; empty where nothing is.
    std::string read(std::string_view text) {
        for (std::string plain;; plain.clear()) {
            std::size_t at = 0;
            for (; at < text.size(); ++at) {
                if (text[at] != '{' && text[at] != '}') {
                    plain += text[at];
                } else if (at + 1 < text.size() && text[at + 1] == text[at]) {
                    plain += text[at++];
                } else {
                    break;
                }
            }
            if (at == text.size()) return parts_.push_back({plain, {}}), std::string();
            if (text[at] == '}') return "a `}` without its `{`; the brace itself is `}}`";
            const std::size_t end = text.find('}', at);
            if (end == std::string_view::npos) return "a `{` without its `}`; the brace itself is `{{`";
            const std::string name(text.substr(at + 1, end - at - 1));
            if (name.empty() || name.find('{') != std::string::npos) return "`{" + name + "}` names no attribute";
            parts_.push_back({plain, name});
            text.remove_prefix(end + 1);
        }
    }

    std::string fill(const millrace::Message& event) const {
        std::string filled;
        for (const auto& [plain, name] : parts_) {
            filled += plain;
            if (!name.empty()) filled += name == "text" ? event.text() : event.attribute(name);
        }
        return filled;
    }

  private:
    struct Part {
        std::string plain;
        std::string name;  // Of what follows it.
    };
    std::vector<Part> parts_;
};

// Sends every message to a list of addresses: the bridge that needs no code.
struct Forward : millrace::InlineConsumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) {
            millrace::read(config, *this);
            if (config.has("to") && to.empty()) config.error("to", "name an address at least");
            for (std::size_t i = 0; i < to.size(); ++i) {
                const std::string wrong = addresses.emplace_back().read(to[i]);
                if (!wrong.empty()) config.error("to[" + std::to_string(i) + "]", wrong);
            }
            read(config, "title", title, heading);
            read(config, "text", text, line);
        }

        static void read(const millrace::Config& config, std::string_view key, const std::optional<std::string>& from,
                         Template& into) {
            const std::string wrong = from ? into.read(*from) : std::string();
            if (!wrong.empty()) config.error(key, wrong);
        }

        std::vector<std::string> to;
        std::optional<std::string> title;
        std::optional<std::string> text;
        std::vector<Template> addresses;
        Template heading;
        Template line;

        static constexpr auto kKeys = millrace::keys(
            millrace::key("to", &Shared::to, {.required = true, .about = "the addresses; templates too"}),
            millrace::key("title", &Shared::title, {.otherwise = "none", .about = "for protocols that have titles"}),
            millrace::key("text", &Shared::text, {.otherwise = "the message as it is", .about = "what to send"}));
    };

    explicit Forward(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        const std::string title = shared_.title ? shared_.heading.fill(event) : std::string();
        const millrace::SendOptions options{.title = title};
        for (const Template& address : shared_.addresses) {
            const std::string to = address.fill(event);
            const millrace::Sent sent =
                shared_.text ? send(to, shared_.line.fill(event), options) : send(to, event, options);
            if (sent != millrace::Sent::taken && sent != millrace::Sent::full) {
                return reject(0, "`" + to + "` is unknown, not in may_send, or has no room for so much");
            }
        }
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("forward", "1.0.0", Forward)
