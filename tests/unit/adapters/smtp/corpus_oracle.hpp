#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/smtp/mime/body_selection.hpp"
#include "adapters/smtp/mime/charsets.hpp"
#include "adapters/smtp/mime/header_reader.hpp"
#include "adapters/smtp/mime/structure.hpp"

namespace millrace::smtp {

// Compares our reading of a mail with a file of another parser. Where that one has a choice of its own the comparison
// goes by ours: media that is shown is no attachment (RFC 8621 §4.1.4), and comments in the values of fields whose
// syntax it does not know are text.
class CorpusOracle {
  public:
    CorpusOracle(std::string_view raw, std::string_view json);

    std::vector<std::string> differences();

  private:
    using Json = boost::json::value;

    void compare_message(const Json& message, std::uint32_t root, const std::string& where);
    void compare_part(const Json& expected, std::uint32_t number, const std::string& where);
    void compare_lists(const Json& message, const std::vector<std::uint32_t>& numbers, std::uint32_t root,
                       const std::string& where);
    void compare_header(const Json& expected, const mime::Field& field, const std::string& where);
    void compare_addresses(const Json& expected, const mime::Field& field, const std::string& where);
    void compare_date(const Json& expected, const mime::Field& field, const std::string& where);
    void compare_content_field(const Json& expected, const mime::Field& field, const std::string& where);
    void expect(bool is_same, const std::string& where, const std::string& ours, const std::string& theirs);

    std::uint32_t message_in(std::uint32_t number) const;
    std::vector<std::uint32_t> parts_of(std::uint32_t root) const;
    std::vector<mime::Field> fields_of(const mime::Part& part);
    std::string content_of(const mime::Part& part);

    std::string_view raw_;
    Json oracle_;
    mime::Charsets charsets_;
    mime::Limits limits_;
    mime::Defects defects_;
    mime::Structure structure_;
    std::vector<std::string> differences_;
};

}  // namespace millrace::smtp
