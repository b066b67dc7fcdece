#pragma once

#include <charconv>
#include <millrace/consumer.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

// Does what a message says; a connection's query is such a message too, with `+` for a space. Commands stand apart by
// `;`. README.md of tests/ lists them.
namespace millrace::test {

template <class Base> class Commands : public Base {
  public:
    void on_connect(const Message& event) override {
        std::string text(event.attribute("query"));
        for (char& c : text) c = c == '+' ? ' ' : c;
        run_all(event, text);
    }
    void on_message(const Message& event) override {
        ++handled_;
        run_all(event, event.text());
    }
    void on_receipt(const Message& event) override { this->reply("receipt " + event.json()); }

  private:
    // Takes the first word off.
    static std::string_view word(std::string_view& rest, char end = ' ') {
        const auto size = std::min(rest.find(end), rest.size());
        const std::string_view first = rest.substr(0, size);
        rest.remove_prefix(std::min(size + 1, rest.size()));
        return first;
    }

    static std::uint32_t number(std::string_view& rest) {
        const std::string_view text = word(rest);
        std::uint32_t value = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
            throw std::invalid_argument("no number: " + std::string(text));
        return value;
    }

    void run_all(const Message& event, std::string_view text) {
        while (!text.empty()) {
            std::string_view rest = word(text, ';');
            const std::string_view verb = word(rest);
            if (!speak(event, verb, rest) && !conclude(event, verb, rest)) this->reply("unknown: " + std::string(verb));
        }
    }

    bool speak(const Message& event, std::string_view verb, std::string_view rest) {
        if (verb == "say") {
            this->reply(rest);
        } else if (verb == "bytes") {
            this->reply_data(std::string(number(rest), 'x'));
        } else if (verb == "send") {
            const std::string address(word(rest));
            const Sent sent = this->send(address, rest, {.reported = true, .title = "a title"});
            if (sent != Sent::taken) this->reply("not sent: " + std::to_string(static_cast<int>(sent)));
        } else if (verb == "attribute") {
            this->reply(event.attribute(rest));
        } else if (verb == "body") {
            const auto body = event.body();
            const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
            this->reply(std::to_string(text.size()) + " " + std::string(text.substr(0, 40)));
        } else if (verb == "handled") {
            this->reply(std::to_string(handled_));
        } else if (verb == "attempt") {
            this->reply(std::to_string(event.attempt()));
        } else if (verb == "order") {
            this->reply(std::to_string(event.order()) + " " + std::to_string(event.seq()));
        } else {
            return false;
        }
        return true;
    }

    bool conclude(const Message& event, std::string_view verb, std::string_view rest) {
        if (verb == "accept") {
            const std::string_view subprotocol = word(rest);
            const std::string_view name = word(rest);
            this->accept(subprotocol, name.empty() ? std::vector<Header>() : std::vector<Header>{{name, rest}});
        } else if (verb == "refuse") {
            const std::uint32_t status = number(rest);
            this->refuse(status, rest);
        } else if (verb == "close") {
            const std::uint32_t code = number(rest);
            this->close(code, rest);
        } else if (verb == "reject") {
            const std::uint32_t code = number(rest);
            this->reject(code, rest);
        } else if (verb == "retry") {
            if (event.attempt() < number(rest)) this->retry("as told");
        } else if (verb == "throw") {
            if (event.attempt() < number(rest)) throw std::runtime_error("thrown as told");
        } else if (verb == "throw-number") {
            if (event.attempt() < number(rest)) throw 42;
        } else {
            return false;
        }
        return true;
    }

    int handled_ = 0;  // By this instance.
};

}  // namespace millrace::test
