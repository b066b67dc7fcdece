#include <array>
#include <boost/json.hpp>
#include <millrace/consumer.hpp>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view kHelp = "A survey of three questions. Write STOP to end it.";
constexpr std::size_t kAnswerBytesMax = 4000;

struct Question {
    std::string_view text;
    std::string_view answers;  // Those that there are, a character each; empty: any text.
};

constexpr std::array kQuestions = {
    Question{"How was it, from 1 (bad) to 5 (good)?", "12345"},
    Question{"Will you come again? 1: yes, 2: no.", "12"},
    Question{"What should we do better?", ""},
};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

bool fits(std::string_view answer, const Question& question) {
    if (question.answers.empty()) return !answer.empty() && answer.size() <= kAnswerBytesMax;
    return answer.size() == 1 && question.answers.find(answer) != question.answers.npos;
}

// Asks whoever writes to it three questions, one after the other. The answers so far are the scope's state, a JSON
// array, and so is where the conversation stands: there is none before the first question, and whoever has answered all
// is asked nothing any more.
struct Survey : millrace::Consumer {
    struct Shared {
        std::string results;

        static constexpr auto kKeys = millrace::keys(millrace::key(
            "results", &Shared::results, {.fallback = "", .about = "the address that all answers of one are sent to"}));
    };

    explicit Survey(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        const millrace::v1::Sms::Consent& consent = event.message().sms().consent();
        if (consent.action() == consent.STOP) return forget();
        if (consent.action() == consent.HELP && !consent.handled_by_provider()) return void(reply(kHelp));
        if (consent.handled_by_provider()) return;
        boost::json::array answers;
        if (!state().empty()) {
            answers = boost::json::parse(state()).as_array();
            if (answers.size() == kQuestions.size()) return;
            const Question& question = kQuestions[answers.size()];
            const std::string_view answer = trimmed(event.text());
            if (!fits(answer, question)) return void(reply("Sorry? " + std::string(question.text)));
            answers.emplace_back(answer);
        }
        set_state(boost::json::serialize(answers));
        if (answers.size() < kQuestions.size()) return void(reply(kQuestions[answers.size()].text));
        reply("Thank you!");
        if (!shared_.results.empty()) tell(event.scope(), answers);
    }

  private:
    void tell(std::string_view scope, const boost::json::array& answers) {
        const boost::json::object result{{"of", scope}, {"answers", answers}};
        const millrace::Sent sent = send(shared_.results, boost::json::serialize(result));
        if (sent != millrace::Sent::taken && sent != millrace::Sent::full)
            reject(0, "`" + shared_.results + "` is unknown, not in may_send, or has no room for so much");
    }

    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("survey", "1.0.0", Survey)
