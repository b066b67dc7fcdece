// Any bytes as a mail: nothing breaks, what is said lies in the mail, and the same is said each time.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/normalise.hpp"
#include "millrace/v1/message.pb.h"

namespace {

using namespace millrace;

void require(bool condition) {
    if (!condition) std::abort();
}

void check_parts(const v1::Email& email, std::string_view raw, const smtp::mime::Limits& limits) {
    require(email.parts_size() > 0 && static_cast<std::size_t>(email.parts_size()) <= limits.parts);
    for (int i = 0; i < email.parts_size(); ++i) {
        const v1::Email::Part& part = email.parts(i);
        require(i == 0 ? part.parent() == 0 : part.parent() < static_cast<std::uint32_t>(i));
        require(part.sha256().empty() || part.sha256().size() == 32);
        if (part.has_within()) continue;
        require(part.header_offset() + part.header_size() <= raw.size());
        require(part.offset() + part.encoded_size() <= raw.size());
        require(part.size() <= part.encoded_size());
    }
    for (const auto* numbers : {&email.text_parts(), &email.html_parts(), &email.attachments()}) {
        for (const std::uint32_t number : *numbers) require(number < static_cast<std::uint32_t>(email.parts_size()));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    smtp::mime::Limits limits;
    limits.fields = 20;
    limits.depth = 8;
    limits.parts = 30;
    limits.text_bytes = 500;
    limits.field_bytes = 400;
    limits.entries = 10;
    static smtp::Normaliser normaliser(limits);
    const std::string_view raw(reinterpret_cast<const char*>(data), size);
    smtp::Transaction transaction;
    transaction.from = "a@example.com";
    transaction.to = {"b+c@example.com"};

    const v1::Email& email = normaliser.read(transaction, raw);
    require(is_utf8(normaliser.text()) && is_utf8(email.html()));
    check_parts(email, raw, limits);
    for (const v1::Email::Header& header : email.headers()) {
        require(raw.substr(header.offset()).starts_with(header.name()));
        require(smtp::header_value(email, header.name()).size() <= limits.field_bytes * 16);
    }
    for (const v1::Email::Defect& defect : email.defects()) {
        require(v1::Email::Defect::Code_IsValid(defect.code()) && defect.code() != 0);
        require(defect.part() < static_cast<std::uint32_t>(email.parts_size()));
    }

    // Parsing checks that every string is UTF-8.
    std::string fields;
    normaliser.append_fields(fields);
    v1::ChannelMessage message;
    require(message.ParseFromString(fields));
    require(message.email().size() == size);
    const std::string again = normaliser.read(transaction, raw).SerializeAsString();
    require(message.email().SerializeAsString() == again);
    return 0;
}
