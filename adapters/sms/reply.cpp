#include "adapters/sms/reply.hpp"

#include "adapters/common/utf8.hpp"

namespace millrace::sms {
namespace {

constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
constexpr std::string_view kXml = "text/xml; charset=utf-8";

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    ((out += ' ').append(name) += "=\"").append(xml_escaped(value)) += '"';
}

void append_element(std::string& out, std::string_view name, std::string_view text) {
    (out += '<').append(name) += '>';
    (out += xml_escaped(text)).append("</").append(name) += '>';
}

ReplyBody response(const std::string& content) {
    if (content.empty()) return {kXml, std::string(kHead) + "<Response/>"};
    return {kXml, std::string(kHead) + "<Response>" + content + "</Response>"};
}

}  // namespace

std::string xml_escaped(std::string_view text) {
    std::string out;
    for (const char c : as_utf8(text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else if (c == '\r')
            out += "&#xD;";
        else if (byte < ' ' && c != '\n' && c != '\t')
            out += "\xEF\xBF\xBD";
        else
            out += c;
    }
    // U+FFFE and U+FFFF.
    for (const std::string_view none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
        for (std::size_t at = out.find(none); at != out.npos; at = out.find(none, at)) out[at + 2] = '\xBD';
    }
    return out;
}

ReplyBody twiml(const std::vector<Reply>& replies) {
    std::string content;
    for (const Reply& reply : replies) {
        content += "<Message";
        append_attribute(content, "to", reply.to);
        append_attribute(content, "from", reply.from);
        content += '>';
        if (!reply.text.empty()) append_element(content, "Body", reply.text);
        for (const std::string& url : reply.media_urls) append_element(content, "Media", url);
        content += "</Message>";
    }
    return response(content);
}

ReplyBody plivo_xml(const std::vector<Reply>& replies) {
    std::string content;
    for (const Reply& reply : replies) {
        content += "<Message";
        append_attribute(content, "src", reply.from);
        append_attribute(content, "dst", reply.to);
        append_attribute(content, "type", "sms");
        (content += '>').append(xml_escaped(reply.text)) += "</Message>";
    }
    return response(content);
}

ReplyBody kannel_text(const std::vector<Reply>& replies) {
    std::string text;
    for (const Reply& reply : replies) {
        if (!text.empty()) text += '\n';
        text += as_utf8(reply.text);
    }
    if (text.empty()) return {};
    return {"text/plain; charset=utf-8", std::move(text)};
}

}  // namespace millrace::sms
