#include "adapters/smtp/mime/structure.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp::mime {
namespace {

// `number<parent type "content"`, a line each, and the defects behind them.
std::string tree(std::string_view raw, const Limits& limits = {}) {
    Charsets charsets;
    Defects defects;
    Structure structure;
    parse_structure(raw, {limits, charsets, defects}, structure);
    std::string text;
    for (std::size_t i = 0; i < structure.parts.size(); ++i) {
        const Part& part = structure.parts[i];
        EXPECT_EQ(part.depth, i == 0 ? 0 : structure.parts[part.parent].depth + 1);
        text += std::to_string(i) + '<' + std::to_string(part.parent) + ' ' + part.type;
        if (part.kind == Part::Kind::leaf) text += " \"" + std::string(part.content()) + '"';
        text += '\n';
    }
    for (const Defect& defect : defects.list()) {
        text += '!' + std::to_string(static_cast<int>(defect.fault)) + '@' + std::to_string(defect.part) + '\n';
    }
    return text;
}

std::string fault(Fault fault, int part) {
    return '!' + std::to_string(static_cast<int>(fault)) + '@' + std::to_string(part) + '\n';
}

TEST(Structure, of_a_mail_without_parts) {
    EXPECT_EQ(tree(""), "0<0 text/plain \"\"\n");
    EXPECT_EQ(tree("A: b\r\n\r\ntext\r\n"), "0<0 text/plain \"text\r\n\"\n");
    EXPECT_EQ(tree("Content-Type: TEXT/HTML\r\n\r\n<p>"), "0<0 text/html \"<p>\"\n");
    EXPECT_EQ(tree("A: b\r\n\r\n--x\r\n"), "0<0 text/plain \"--x\r\n\"\n");
    EXPECT_EQ(tree("text"), "0<0 text/plain \"text\"\n" + fault(Fault::no_separator, 0));
}

TEST(Structure, of_parts_within_parts) {
    EXPECT_EQ(tree("Content-Type: multipart/mixed; boundary=m\r\n"
                   "\r\n"
                   "preamble\r\n"
                   "--m\r\n"
                   "\r\n"
                   "one\r\n"
                   "\r\n"
                   "--m\r\n"
                   "Content-Type: multipart/alternative; boundary=\"m a\"\r\n"
                   "\r\n"
                   "--m a\r\n"
                   "Content-Type: text/html\r\n"
                   "\r\n"
                   "two\r\n"
                   "--m a--\r\n"
                   "epilogue\r\n"
                   "--m\r\n"
                   "Content-Type: image/png\r\n"
                   "\r\n"
                   "--m--\r\n"
                   "epilogue"),
              "0<0 multipart/mixed\n"
              "1<0 text/plain \"one\r\n\"\n"
              "2<0 multipart/alternative\n"
              "3<2 text/html \"two\"\n"
              "4<0 image/png \"\"\n");
}

TEST(Structure, of_messages_within_messages) {
    EXPECT_EQ(tree("Content-Type: multipart/digest; boundary=d\n"
                   "\n"
                   "--d\n"
                   "\n"
                   "Subject: one\n"
                   "\n"
                   "1\n"
                   "--d\n"
                   "Content-Type: message/rfc822\n"
                   "\n"
                   "Content-Type: multipart/mixed; boundary=i\n"
                   "\n"
                   "--i\n"
                   "\n"
                   "2\n"
                   "--i--\n"
                   "--d--\n"),
              "0<0 multipart/digest\n"
              "1<0 message/rfc822\n"
              "2<1 text/plain \"1\"\n"
              "3<0 message/rfc822\n"
              "4<3 multipart/mixed\n"
              "5<4 text/plain \"2\"\n");
    EXPECT_EQ(tree("Content-Type: message/global\r\n\r\n"), "0<0 message/global\n1<0 text/plain \"\"\n");
}

TEST(Structure, of_messages_that_came_encoded) {
    const std::string mail =
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n"
        "--m\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "U3ViamVjdDogdHdvDQpDb250ZW50LVR5cGU6IHRleHQvaHRtbA0KDQoyDQo=\r\n"
        "--m\r\n\r\nlast\r\n--m--\r\n";
    const std::string defect = fault(Fault::encoded_composite, 1);
    EXPECT_EQ(tree(mail),
              "0<0 multipart/mixed\n1<0 message/rfc822\n2<0 text/plain \"last\"\n3<1 text/html \"2\r\n\"\n" + defect);
    Limits limits;
    limits.encoded_message_bytes = 10;
    const std::string closed =
        "0<0 multipart/mixed\n1<0 message/rfc822 "
        "\"U3ViamVjdDogdHdvDQpDb250ZW50LVR5cGU6IHRleHQvaHRtbA0KDQoyDQo=\"\n"
        "2<0 text/plain \"last\"\n" +
        defect;
    EXPECT_EQ(tree(mail, limits), closed);
    limits = {};
    limits.parts = 3;
    EXPECT_EQ(tree(mail, limits), closed);
}

TEST(Structure, of_what_is_malformed) {
    using enum Fault;
    const std::string mixed = "Content-Type: multipart/mixed; boundary=m\r\n\r\n";
    EXPECT_EQ(tree(mixed + "--m\r\n\r\none"), "0<0 multipart/mixed\n1<0 text/plain \"one\"\n" + fault(unterminated, 0));
    EXPECT_EQ(tree(mixed + "no parts\r\n"), "0<0 text/plain \"no parts\r\n\"\n" + fault(unused_boundary, 0));
    EXPECT_EQ(tree(mixed + "--m--\r\n"), "0<0 multipart/mixed\n");
    EXPECT_EQ(tree("Content-Type: multipart/mixed\r\n\r\n--m\r\n"),
              "0<0 text/plain \"--m\r\n\"\n" + fault(missing_boundary, 0));
    EXPECT_EQ(tree("Content-Type: multipart/mixed; boundary=" + std::string(201, 'x') + "\r\n\r\n"),
              "0<0 text/plain \"\"\n" + fault(missing_boundary, 0));
    EXPECT_EQ(tree("Content-Type: multipart/mixed; boundary=\"m \"\r\n\r\n--m\r\n\r\n1\r\n--m--"),
              "0<0 multipart/mixed\n1<0 text/plain \"1\"\n");
    EXPECT_EQ(tree(mixed + "--m\r\nA: b\r\n--m--\r\n"), "0<0 multipart/mixed\n1<0 text/plain \"\"\n");
    EXPECT_EQ(tree(mixed + "--m\r\n--m\r\n--m--"), "0<0 multipart/mixed\n1<0 text/plain \"\"\n2<0 text/plain \"\"\n");
    EXPECT_EQ(
        tree(mixed + "--m\r\n" + "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\n1\r\n--m--\r\n--i\r\n"),
        "0<0 multipart/mixed\n1<0 multipart/mixed\n2<1 text/plain \"1\"\n" + fault(unterminated, 1));
    EXPECT_EQ(tree(mixed + "--m--\r\n--m\r\n\r\nafter the end"), "0<0 multipart/mixed\n");
    EXPECT_EQ(tree("Content-Type: text\r\n\r\n"), "0<0 text/plain \"\"\n");
    EXPECT_EQ(tree("Content-Type: no type\r\n\r\n"), "0<0 text/plain \"\"\n" + fault(bad_content_type, 0));
    EXPECT_EQ(tree("Content-Type: text/html\r\nContent-Type: image/png\r\n\r\n"),
              "0<0 text/html \"\"\n" + fault(repeated_header, 0));
    EXPECT_EQ(tree("Content-Transfer-Encoding: x-zip\r\n\r\nx"), "0<0 text/plain \"x\"\n" + fault(unknown_encoding, 0));
    EXPECT_EQ(tree("Content-Transfer-Encoding: base64\r\n" + mixed + "--m\r\n\r\n1\r\n--m--"),
              "0<0 multipart/mixed\n1<0 text/plain \"1\"\n" + fault(encoded_composite, 0));
}

TEST(Structure, has_limits) {
    using enum Fault;
    const std::string mixed = "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n";
    Limits limits;
    limits.parts = 2;
    EXPECT_EQ(tree(mixed + "\r\n1\r\n--m\r\n\r\n2\r\n--m--", limits),
              "0<0 multipart/mixed\n1<0 text/plain \"1\"\n" + fault(part_limit, 0));
    limits = {};
    limits.depth = 1;
    EXPECT_EQ(tree(mixed + mixed + "\r\n1\r\n--m--", limits),
              "0<0 multipart/mixed\n1<0 multipart/mixed \"\"\n2<0 text/plain \"1\"\n" + fault(depth_limit, 1));
    EXPECT_EQ(tree("Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nx", limits),
              "0<0 message/rfc822\n1<0 message/rfc822 \"x\"\n" + fault(depth_limit, 1));
    limits = {};
    limits.fields = 1;
    EXPECT_EQ(tree("A: b\r\nContent-Type: text/html\r\n\r\nx", limits),
              "0<0 text/plain \"x\"\n" + fault(header_limit, 0));
    limits = {};
    limits.header_bytes = 8;
    EXPECT_EQ(tree("A: b\r\nContent-Type: text/html\r\n\r\nx", limits),
              "0<0 text/plain \"x\"\n" + fault(header_limit, 0));
}

TEST(Structure, parts_say_what_they_are) {
    Charsets charsets;
    Defects defects;
    Structure structure;
    const Limits limits;
    parse_structure(
        "Content-Type: image/png; name=\"old.png\"\r\n"
        "Content-Disposition: inline; filename*=utf-8''%E2%82%AC.png\r\n"
        "Content-Transfer-Encoding: BASE64 (really)\r\n"
        "Content-ID: <x@y>\r\n"
        "Content-Location: http://x/\r\n y\r\n"
        "Content-Description: =?utf-8?q?=C3=A4?=\r\n"
        "\r\n"
        "QUJD\r\n",
        {limits, charsets, defects}, structure);
    const Part& part = structure.parts.at(0);
    EXPECT_EQ(part.file_name, "€.png");
    EXPECT_EQ(part.disposition, Disposition::inline_);
    EXPECT_EQ(part.encoding, Encoding::base64);
    EXPECT_EQ(part.content_id, "x@y");
    EXPECT_EQ(part.location, "http://x/ y");
    EXPECT_EQ(part.description, "ä");
    EXPECT_EQ(part.content(), "QUJD\r\n");
    EXPECT_TRUE(defects.list().empty());
    parse_structure("Content-Type: a/b; name=x\r\nContent-Disposition: strange\r\n\r\n", {limits, charsets, defects},
                    structure);
    EXPECT_EQ(structure.parts.at(0).file_name, "x");
    EXPECT_EQ(structure.parts.at(0).disposition, Disposition::attachment);
}

}  // namespace
}  // namespace millrace::smtp::mime
