#include "adapters/common/form.hpp"

#include <algorithm>

#include "adapters/common/percent.hpp"

namespace millrace {
namespace {

constexpr std::size_t kFieldsUsual = 16;

std::string decoded(std::string_view text) {
    if (text.find('+') == std::string_view::npos)
        return text.find('%') == std::string_view::npos ? std::string(text) : percent_decoded(text);
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return percent_decoded(spaced);
}

auto find(const FormFields& form, std::string_view name) {
    return std::find_if(form.begin(), form.end(), [name](const FormField& it) { return it.name == name; });
}

}  // namespace

std::optional<FormFields> parse_form(std::string_view text, std::size_t fields_max) {
    FormFields form;
    form.reserve(kFieldsUsual);
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view field = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (field.empty()) continue;
        if (form.size() == fields_max) return std::nullopt;
        const std::size_t equals = field.find('=');
        const std::string_view value = equals == field.npos ? std::string_view() : field.substr(equals + 1);
        form.push_back({decoded(field.substr(0, equals)), decoded(value)});
    }
    return form;
}

std::string_view value_of(const FormFields& form, std::string_view name) {
    const auto found = find(form, name);
    return found == form.end() ? std::string_view() : found->value;
}

bool has_field(const FormFields& form, std::string_view name) { return find(form, name) != form.end(); }

void append_field(std::string& out, std::string_view name, std::string_view value) {
    if (!out.empty()) out += '&';
    out += percent_encoded(name);
    out += '=';
    out += percent_encoded(value);
}

}  // namespace millrace
