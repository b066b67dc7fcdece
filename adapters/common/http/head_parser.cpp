#include "adapters/common/http/head_parser.hpp"

namespace millrace::http {
namespace {

std::string_view view(std::string_view message, std::uint32_t begin, std::uint32_t size) {
    return {message.data() + begin, size};
}

// Of "HTTP/1.1", or -1: another version, or -2: none at all.
int minor_version_of(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text == "HTTP/1.1") return 1;
    if (text == "HTTP/1.0") return 0;
    const bool is_version =
        text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' && is_digit(text[7]);
    return is_version ? -1 : -2;
}

bool is_target(std::string_view text) {
    if (text.empty() || !all(kTarget, text)) return false;
    if (text.front() == '/' || text == "*") return true;
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return false;
    const std::string_view scheme = text.substr(0, colon);
    if (!is_word(scheme, "http") && !is_word(scheme, "https")) return false;
    return text.size() > colon + 3 && text.find_first_of("/?#", colon + 3) != colon + 3;
}

}  // namespace

Fault HeadParser::parse(std::string_view message) {
    const std::string_view allowed = message.substr(0, limits_.head_bytes_max);
    while (!is_done_) {
        const std::size_t end = allowed.find('\n', at_);
        if (end == std::string_view::npos) {
            if (allowed.size() < limits_.head_bytes_max) return Fault::none;
            return has_request_line_ ? Fault::head_too_large : Fault::target_too_long;
        }
        if (end == at_ || message[end - 1] != '\r') return Fault::line_end;
        const Fault fault = take_line(message.substr(at_, end - 1 - at_));
        if (fault != Fault::none) return fault;
        at_ = end + 1;
    }
    return Fault::none;
}

Fault HeadParser::take_line(std::string_view line) {
    if (!line.empty()) return has_request_line_ ? take_header(line) : take_request_line(line);
    if (has_request_line_) {
        is_done_ = true;
        return framing_.finish(minor_version_, limits_.body_bytes_max);
    }
    if (is_empty_line_seen_) return Fault::request_line;
    is_empty_line_seen_ = true;
    return Fault::none;
}

Fault HeadParser::take_request_line(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == 0 || last == first) return Fault::request_line;
    const std::string_view target = line.substr(first + 1, last - first - 1);
    minor_version_ = minor_version_of(line.substr(last + 1));
    if (!all(kToken, line.substr(0, first)) || minor_version_ == -2 || target.find(' ') != std::string_view::npos)
        return Fault::request_line;
    if (minor_version_ == -1) return Fault::version;
    if (!is_target(target)) return Fault::target;
    method_ = part(0, first);
    target_ = part(first + 1, target.size());
    has_request_line_ = true;
    return Fault::none;
}

Fault HeadParser::take_header(std::string_view line) {
    if (is_blank(line.front())) return Fault::folded_header;
    if (fields_.size() == limits_.headers_max) return Fault::too_many_headers;
    std::size_t colon = 0;
    while (colon < line.size() && is(kToken, line[colon])) ++colon;
    if (colon == 0 || colon == line.size() || line[colon] != ':') return Fault::header_name;
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!all(kFieldValue, value)) return Fault::header_value;
    const auto value_at = static_cast<std::size_t>(value.data() - line.data());
    fields_.push_back({part(0, colon), part(value_at, value.size())});
    return framing_.add(line.substr(0, colon), value);
}

HeadParser::Part HeadParser::part(std::size_t begin_in_line, std::size_t size) const {
    return {static_cast<std::uint32_t>(at_ + begin_in_line), static_cast<std::uint32_t>(size)};
}

Request HeadParser::request(std::string_view message, std::vector<Header>& headers) const {
    headers.clear();
    for (const Field& field : fields_) {
        headers.push_back(
            {view(message, field.name.begin, field.name.size), view(message, field.value.begin, field.value.size)});
    }
    return {view(message, method_.begin, method_.size), view(message, target_.begin, target_.size), minor_version_,
            headers};
}

void HeadParser::reset() {
    at_ = 0;
    fields_.clear();
    framing_ = Framing();
    has_request_line_ = is_empty_line_seen_ = is_done_ = false;
}

}  // namespace millrace::http
