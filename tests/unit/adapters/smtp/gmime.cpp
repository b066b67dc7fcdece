#include "tests/unit/adapters/smtp/gmime.hpp"

#include <gmime/gmime.h>

#include <memory>

namespace millrace::smtp::gmime {
namespace {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T> using Owned = std::unique_ptr<T, Unref>;

GMimeParserOptions* options() {
    static GMimeParserOptions* const options = (g_mime_init(), g_mime_parser_options_new());
    return options;
}

std::string lower_type(GMimeObject* object) {
    GMimeContentType* type = g_mime_object_get_content_type(object);
    const std::unique_ptr<char, decltype(&g_free)> text(g_mime_content_type_get_mime_type(type), g_free);
    std::string result(text.get());
    for (char& c : result) c = g_ascii_tolower(c);
    return result;
}

std::string content_of(GMimePart* part) {
    GMimeDataWrapper* content = g_mime_part_get_content(part);
    if (content == nullptr) return {};
    GMimeStream* stream = g_mime_data_wrapper_get_stream(content);
    const Owned<GMimeStream> memory(g_mime_stream_mem_new());
    g_mime_stream_reset(stream);
    g_mime_stream_write_to_stream(stream, memory.get());
    const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
    return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

void add(GMimeObject* object, int depth, std::vector<std::string>& out) {
    std::string line = std::to_string(depth) + ' ' + lower_type(object);
    if (GMIME_IS_PART(object)) line += " \"" + content_of(GMIME_PART(object)) + '"';
    out.push_back(line);
    if (GMIME_IS_MULTIPART(object)) {
        for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(object)); ++i) {
            add(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth + 1, out);
        }
    } else if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage* message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        if (message != nullptr) add(g_mime_message_get_mime_part(message), depth + 1, out);
    }
}

void add(InternetAddressList* list, const std::string& group, std::vector<std::string>& out) {
    for (int i = 0; i < internet_address_list_length(list); ++i) {
        InternetAddress* address = internet_address_list_get_address(list, i);
        const char* name = internet_address_get_name(address);
        if (INTERNET_ADDRESS_IS_GROUP(address)) {
            InternetAddressList* members = internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address));
            add(members, name, out);
            if (internet_address_list_length(members) == 0) out.push_back(std::string(name) + ":<>");
            continue;
        }
        const char* mailbox = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
        out.push_back(group + ':' + (name == nullptr ? "" : name) + '<' + (mailbox == nullptr ? "" : mailbox) + '>');
    }
}

}  // namespace

std::vector<std::string> structure(const std::string& raw) {
    const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(raw.data(), raw.size()));
    const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    const Owned<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), options()));
    std::vector<std::string> out;
    add(g_mime_message_get_mime_part(message.get()), 0, out);
    return out;
}

std::vector<std::string> addresses(const std::string& value) {
    const Owned<InternetAddressList> list(internet_address_list_parse(options(), value.c_str()));
    std::vector<std::string> out;
    if (list) add(list.get(), {}, out);
    return out;
}

std::optional<Date> date(const std::string& value) {
    options();
    GDateTime* date = g_mime_utils_header_decode_date(value.c_str());
    if (date == nullptr) return std::nullopt;
    const Date result{g_date_time_to_unix(date), static_cast<int>(g_date_time_get_utc_offset(date) / 60'000'000)};
    g_date_time_unref(date);
    return result;
}

std::vector<std::pair<std::string, std::string>> parameters(const std::string& value) {
    const Owned<GMimeContentType> type(g_mime_content_type_parse(options(), value.c_str()));
    GMimeParamList* list = g_mime_content_type_get_parameters(type.get());
    std::vector<std::pair<std::string, std::string>> out;
    for (int i = 0; i < g_mime_param_list_length(list); ++i) {
        GMimeParam* param = g_mime_param_list_get_parameter_at(list, i);
        out.emplace_back(g_mime_param_get_name(param), g_mime_param_get_value(param));
    }
    return out;
}

std::string text(const std::string& value) {
    const std::unique_ptr<char, decltype(&g_free)> text(g_mime_utils_header_decode_text(options(), value.c_str()),
                                                        g_free);
    return text.get();
}

}  // namespace millrace::smtp::gmime
