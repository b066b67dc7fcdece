#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

#include "adapters/common/form.hpp"
#include "adapters/common/json.hpp"
#include "adapters/sms/webhook.hpp"

// A webhook's bytes as names and values, without I/O. What is read here is not trusted yet: providers sign the values
// of a form, so a form has to be read before its signature can be looked at. JSON is read when somebody asks for it,
// which but for one provider is after that.
namespace millrace::sms {

// What is said to a request that cannot be read, as HTTP says it. Status 0: nothing is wrong.
struct Fault {
    unsigned status = 0;
    std::string_view text{};

    explicit operator bool() const { return status != 0; }
};

class Payload {
  public:
    enum class Content { none, form, json, other };

    // Of names and values, in the query and in a form each.
    static constexpr std::size_t kFieldsMax = 1000;

    // Borrows what the webhook borrows, and keeps a copy of the webhook itself. 400: more than kFieldsMax. 415: a
    // content that is encoded, in another charset than UTF-8, or a body without a type.
    Fault decode(const Webhook& webhook);

    const Webhook& webhook() const { return webhook_; }
    Content content() const { return content_; }

    const FormFields& query() const { return query_; }
    const FormFields& form() const { return form_; }  // Of the body; empty where that is no form.

    // What carries the event: the form; where there is no body, the query; of a JSON object whose members are all
    // texts, those. Empty for all else.
    const FormFields& fields();

    // Null where the body is none that parse_json() takes.
    const boost::json::value* json();

  private:
    Webhook webhook_{};
    Content content_ = Content::none;
    FormFields query_;
    FormFields form_;
    std::optional<FormFields> members_;
    bool is_parsed_ = false;
    std::optional<boost::json::value> json_;
};

}  // namespace millrace::sms
