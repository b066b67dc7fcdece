#include "adapters/common/json.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace millrace {

namespace json = boost::json;

std::optional<json::value> parse_json(std::string_view text, const JsonLimits& limits) {
    const auto elements = std::count_if(text.begin(), text.end(), [](char c) { return c == ',' || c == ':'; });
    if (static_cast<std::size_t>(elements) > limits.elements) return std::nullopt;
    json::parse_options options;
    options.max_depth = limits.depth;
    json::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error, {}, options);
    if (error) return std::nullopt;
    return value;
}

JsonView JsonView::operator[](std::string_view name) const {
    const json::value* const found =
        is_object() ? value_->get_object().if_contains({name.data(), name.size()}) : nullptr;
    return found ? JsonView(*found) : JsonView();
}

JsonView JsonView::operator[](std::size_t index) const {
    return index < size() ? JsonView(value_->get_array()[index]) : JsonView();
}

std::string_view JsonView::text() const {
    if (!is_text()) return {};
    const json::string& text = value_->get_string();
    return {text.data(), text.size()};
}

std::string JsonView::scalar() const {
    if (!value_) return {};
    switch (value_->kind()) {
        case json::kind::string:
            return std::string(text());
        case json::kind::int64:
            return std::to_string(value_->get_int64());
        case json::kind::uint64:
            return std::to_string(value_->get_uint64());
        case json::kind::bool_:
            return value_->get_bool() ? "true" : "false";
        default:
            return {};
    }
}

std::optional<std::int64_t> JsonView::integer() const {
    const std::string digits = scalar();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

}  // namespace millrace
