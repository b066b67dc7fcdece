#include "adapters/sms/url_forms.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "adapters/common/form.hpp"
#include "adapters/common/url_parts.hpp"

namespace millrace::sms {
namespace {

constexpr std::string_view kNames[kUrlForms] = {"plain", "port", "escaped", "escaped-port", "rebuilt", "rebuilt-port"};

// The special-query percent-encode set (WHATWG URL §1.3).
bool is_escaped(char c) {
    return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) > '~' ||
           std::string_view("\"#<>'").find(c) != std::string_view::npos;
}

std::string escaped(std::string_view query) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string text;
    for (const char c : query) {
        if (!is_escaped(c)) {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return text;
}

// Repeated names stand together then, where the first of them was.
std::string rebuilt(std::string_view query) {
    const FormFields fields = *parse_form(query, query.size());
    std::map<std::string_view, std::size_t> places;
    for (const FormField& field : fields) places.emplace(field.name, places.size());
    std::vector<const FormField*> order;
    for (const FormField& field : fields) order.push_back(&field);
    std::stable_sort(order.begin(), order.end(), [&places](const FormField* a, const FormField* b) {
        return places.at(a->name) < places.at(b->name);
    });
    std::string text;
    for (const FormField* field : order) append_field(text, field->name, field->value);
    return text;
}

}  // namespace

UrlForm url_form(std::string_view url, std::size_t number) {
    const UrlParts parts = split_url(url);
    const bool has_port = number % 2 == 1;
    const std::string_view port = parts.port.empty() ? parts.default_port() : parts.port;
    UrlForm form{kNames[number], parts.origin(has_port ? port : "")};
    form.url += parts.path;
    if (!parts.has_query) return form;
    form.url += '?';
    if (number < 2)
        form.url += parts.query;
    else
        form.url += number < 4 || parts.query.empty() ? escaped(parts.query) : rebuilt(parts.query);
    return form;
}

}  // namespace millrace::sms
