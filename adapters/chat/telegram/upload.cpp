#include "adapters/chat/telegram/upload.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/common/base64.hpp"
#include "adapters/common/digest.hpp"

namespace millrace::chat::telegram {
namespace {

constexpr std::string_view kLine = "\r\n";

bool is_of_header(char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f && c != '"' && c != '\\'; }

}  // namespace

Form upload_form(std::string_view parameters, std::string_view member, std::string_view name, std::string_view bytes) {
    const std::string boundary = "millrace-" + hex_encoded(digest(Digest::sha256, {bytes})).substr(0, 32);
    std::string begin = "--" + boundary;
    begin.append(kLine).append("Content-Disposition: form-data; name=\"");
    Form form{.content_type = "multipart/form-data; boundary=" + boundary};
    const boost::json::value all = boost::json::parse({parameters.data(), parameters.size()});
    for (const auto& [key, value] : all.as_object()) {
        const std::string text = value.is_string() ? boost::json::value_to<std::string>(value) : serialize(value);
        form.body.append(begin).append(key).append("\"\r\n\r\n").append(text).append(kLine);
    }
    std::string file(name);
    std::ranges::replace_if(
        file, [](char c) { return !is_of_header(c); }, '_');
    form.body.append(begin).append(member).append("\"; filename=\"").append(file);
    form.body.append("\"\r\nContent-Type: application/octet-stream\r\n\r\n").append(bytes).append(kLine);
    form.body.append("--").append(boundary).append("--\r\n");
    return form;
}

}  // namespace millrace::chat::telegram
