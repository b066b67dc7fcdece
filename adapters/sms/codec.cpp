#include "adapters/sms/codec.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <string>
#include <utility>
#include <vector>

#include "adapters/common/header_list.hpp"
#include "adapters/common/url_parts.hpp"

namespace millrace::sms {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

bool has_other_charset(const std::vector<std::string_view>& parameters) {
    return std::any_of(parameters.begin() + 1, parameters.end(), [](std::string_view parameter) {
        const std::size_t equals = parameter.find('=');
        if (equals == parameter.npos || lower(parameter.substr(0, equals)) != "charset") return false;
        const std::string charset = lower(unquoted(parameter.substr(equals + 1)));
        return charset != "utf-8" && charset != "us-ascii";
    });
}

Payload::Content content_of(std::string_view type) {
    if (type == "application/x-www-form-urlencoded") return Payload::Content::form;
    if (type == "application/json" || (type.starts_with("application/") && type.ends_with("+json")))
        return Payload::Content::json;
    return Payload::Content::other;
}

std::size_t count_of(const Webhook& webhook, std::string_view name) {
    return static_cast<std::size_t>(std::count_if(webhook.headers.begin(), webhook.headers.end(),
                                                  [name](const Header& it) { return http::is_word(it.name, name); }));
}

FormFields texts_of(const boost::json::value* value) {
    FormFields form;
    if (!value || !value->is_object()) return form;
    for (const auto& member : value->get_object()) {
        const JsonView view(member.value());
        if (!view.is_text() || form.size() == Payload::kFieldsMax) return {};
        form.push_back({std::string(member.key()), std::string(view.text())});
    }
    return form;
}

}  // namespace

Fault Payload::decode(const Webhook& webhook) {
    *this = Payload();
    webhook_ = webhook;
    const UrlParts url = split_url(webhook.url);
    std::optional<FormFields> query = parse_form(url.query, kFieldsMax);
    if (!query) return {400, "the query has too many fields"};
    query_ = std::move(*query);
    if (webhook.body.empty()) return {};

    if (count_of(webhook, "content-encoding") > 0 && webhook.header("content-encoding") != "identity")
        return {415, "the content is encoded"};
    const std::optional<std::string_view> type = webhook.header("content-type");
    if (!type) return {415, "the content has no type, or two"};
    const std::vector<std::string_view> parts = split_list(*type, ';');
    content_ = content_of(lower(parts.front()));
    if (content_ == Content::other) return {};
    if (has_other_charset(parts)) return {415, "the content is not UTF-8"};
    if (content_ == Content::json) return {};
    std::optional<FormFields> form = parse_form(webhook.body, kFieldsMax);
    if (!form) return {400, "the form has too many fields"};
    form_ = std::move(*form);
    return {};
}

const FormFields& Payload::fields() {
    if (content_ == Content::form) return form_;
    if (content_ == Content::none) return query_;
    if (!members_) members_ = texts_of(json());
    return *members_;
}

const boost::json::value* Payload::json() {
    if (!is_parsed_ && content_ == Content::json) json_ = parse_json(webhook_.body);
    is_parsed_ = true;
    return json_ ? &*json_ : nullptr;
}

}  // namespace millrace::sms
