#include <algorithm>
#include <charconv>
#include <cstdint>
#include <millrace/consumer.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace {

constexpr std::int64_t kAmountMax = 1'000'000'000'000;
constexpr std::size_t kNameBytesMax = 64;

// Cuts the first word off.
std::string_view take_word(std::string_view& rest) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    return word;
}

template <class Number> std::optional<Number> read_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// Nothing, a sign and what is no number count as 0.
std::int64_t read_amount(std::string_view text) {
    const std::int64_t amount = read_number<std::int64_t>(text).value_or(0);
    return amount >= 0 && amount <= kAmountMax ? amount : 0;
}

bool is_name(std::string_view text) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    return !text.empty() && text.size() <= kNameBytesMax && text.find_first_not_of(kLetters) == std::string_view::npos;
}

// Accounts, and the counters where people come to them.
//
// The account `alice` is the channel `bank:alice`. All that happens to it is a message, and it handles one at a time:
// it looks, decides and changes, and nobody else is there meanwhile. So there is no lock, and nothing to hold two of. A
// transfer takes the amount off one account and sends it to the other in the same handler; both count, or neither.
// A connection is a counter: it passes on what its peer wants, and has no part in what becomes of it.
class Bank : public millrace::InlineConsumer {
  public:
    struct Shared {
        std::string accounts;

        static constexpr auto kKeys = millrace::keys(
            millrace::key("accounts", &Shared::accounts,
                          {.fallback = "bank", .about = "the consumer whose channels are the accounts: this one"}));
    };

    explicit Bank(const Shared& shared) : shared_(shared) {
        std::string_view kept = state();
        is_opened_ = !kept.empty();
        balance_ = read_number<std::int64_t>(take_word(kept)).value_or(0);
        transfers_ = read_number<std::uint64_t>(kept).value_or(0);
    }

    void on_message(const millrace::Message& event) override {
        if (event.message().protocol() == "channel") return handle(event);
        if (event.sender().empty()) return pass_on(event.text());
        tell(event.correlation(), event.text());
    }

  private:
    // At a counter: `7 transfer alice bob 30` of the peer is `transfer bob 30` for alice.
    void pass_on(std::string_view text) {
        std::string_view word = take_word(text);
        const std::optional<std::uint64_t> number = read_number<std::uint64_t>(word);
        if (number) word = take_word(text);
        const std::uint64_t correlation = number.value_or(0);
        const std::string_view account = take_word(text);
        if (!is_name(account)) return tell(correlation, "refused: this is no command for an account");
        std::string request(word);
        (request += ' ') += text;
        const millrace::Sent sent =
            send(shared_.accounts + ':' + std::string(account), request, {.correlation = correlation});
        if (is_impossible(sent)) tell(correlation, "refused: the account is out of reach");
    }

    void tell(std::uint64_t correlation, std::string_view text) {
        std::string line = correlation == 0 ? std::string() : std::to_string(correlation) + ' ';
        reply(line += text);
    }

    // At an account.
    void handle(const millrace::Message& event) {
        std::string_view rest = event.text();
        const std::string_view word = take_word(rest);
        const bool is_of_account = event.sender().starts_with(event.message().adapter() + ':');
        if (is_of_account && word == "credit") return credit(read_amount(rest));
        if (is_of_account && word == "return") return change(read_amount(rest));
        if (word == "open") return open(rest);
        if (!is_opened_) return refuse_request("there is no such account");
        if (word == "balance") return void(answer("balance " + std::to_string(balance_)));
        if (word != "transfer") return refuse_request("there is no such command");
        const std::string_view to = take_word(rest);
        transfer(event.message().adapter(), to, read_amount(rest));
    }

    void open(std::string_view text) {
        const std::int64_t amount = read_amount(text);
        if (is_opened_) return refuse_request("the account is open");
        if (amount == 0 && text != "0") return refuse_request("this is no amount");
        change(amount);
        answer("balance " + text_of(amount));
    }

    void transfer(const std::string& bank, std::string_view to, std::int64_t amount) {
        if (!is_name(to)) return refuse_request("this is no name of an account");
        if (amount == 0) return refuse_request("this is no amount");
        if (amount > balance_) return refuse_request("the balance is " + text_of(balance_));
        const millrace::Sent sent = send(bank + ':' + std::string(to), "credit " + text_of(amount), {.asks = true});
        if (is_impossible(sent)) return refuse_request("the account is out of reach");
        ++transfers_;
        change(-amount);
        answer("sent " + std::to_string(transfers_));
    }

    // What cannot be taken goes back to where it is from.
    void credit(std::int64_t amount) {
        if (!is_opened_ || balance_ + amount > kAmountMax) return void(answer("return " + text_of(amount)));
        change(amount);
    }

    void change(std::int64_t by) {
        is_opened_ = true;
        balance_ += by;
        set_state(text_of(balance_) + ' ' + std::to_string(transfers_));
    }

    void refuse_request(const std::string& why) { answer("refused: " + why); }

    // Where there is no room, the handler is undone and comes again: that is not for it to see to.
    static bool is_impossible(millrace::Sent sent) {
        return sent != millrace::Sent::taken && sent != millrace::Sent::full;
    }

    static std::string text_of(std::int64_t amount) { return std::to_string(amount); }

    const Shared& shared_;
    bool is_opened_ = false;
    std::int64_t balance_ = 0;
    std::uint64_t transfers_ = 0;  // From this account to others.
};

}  // namespace

MILLRACE_CONSUMER("bank", "1.0.0", Bank)
