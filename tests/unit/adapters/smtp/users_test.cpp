#include "adapters/smtp/users.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::smtp {
namespace {

// The password of each is "flour", made by crypt(3); that of M is "m\u00fchle".
const std::string sha512_hash =
    "$6$rounds=1000$grains$jA5oO2C6.V58HOCIHcvWPwPpcQfYdxPXlBiodv2ZoyXkPgbf6HUG7tsqQK1gnchVdawJVJNdbdos9p.FJZQyF/";
const std::string scrypt_hash = "$7$6/..../....millstone$U5ug0I1UXSpbVK1dJRqIGGfrmSPo2OlyrWWh3l0CLM1";
const std::string umlaut_hash = "$7$6/..../....millstone$kRbLe27eDhJag1nWbcbLyuQLU1ZUIhgrYqAyjbL/Xs/";

TEST(Users, AreReadFromLines) {
    struct Row {
        std::string text;
        std::string wrong;
        bool are_none;
    };
    const std::string hint = "its hash is none of scrypt ($7$), yescrypt ($y$) or SHA-512 ($6$); `mkpasswd` makes them";
    const std::vector<Row> rows = {
        {"", "", true},
        {"\n\r\n# nobody: yet\n", "", true},
        {"ada:" + scrypt_hash, "", false},
        {"ada:" + scrypt_hash + "\r\nbob:" + sha512_hash + "\r\n", "", false},
        {"# who\n\nada@in.example.com:" + scrypt_hash + "\n", "", false},
        {"ada", "line 1: it needs NAME:HASH", true},
        {"\n#\n:" + scrypt_hash, "line 3: it needs NAME:HASH", true},
        {"ada:flour", "line 1: " + hint, true},
        {"ada:", "line 1: " + hint, true},
        {"ada:$1$grains$NaMGsN8GjsZj6yq3SYpOl1", "line 1: " + hint, true},
        {"ada:$5$rounds=1000$grains$9Q0I6RfXip1V4M8dqn9c0Uv9XR8L9Dikkwd9NYyGBZC", "line 1: " + hint, true},
        {"ada:" + scrypt_hash + " ", "line 1: " + hint, true},
        {"ada: " + scrypt_hash, "line 1: " + hint, true},
        {"ada:$6$" + std::string(400, 'x'), "line 1: " + hint, true},
        {"ada:" + scrypt_hash + "\nada:" + sha512_hash, "line 2: the name is there twice", false},
    };
    for (const Row& row : rows) {
        Users users;
        EXPECT_EQ(users.read(row.text), row.wrong) << row.text;
        EXPECT_EQ(users.are_none(), row.are_none) << row.text;
    }
}

TEST(Users, LogInByTheirPassword) {
    Users users;
    ASSERT_EQ(users.read("ada:" + scrypt_hash + "\nbob:" + sha512_hash + "\nM:" + umlaut_hash + "\n"), "");
    struct Row {
        Credentials credentials;
        bool is_right;
    };
    const std::vector<Row> rows = {
        {{"PLAIN", "ada", "", "flour"}, true},
        {{"LOGIN", "bob", "", "flour"}, true},
        {{"PLAIN", "M", "", "m\xc3\xbchle"}, true},
        {{"PLAIN", "ada", "ada", "flour"}, true},
        {{"PLAIN", "ada", "bob", "flour"}, false},  // For nobody but itself.
        {{"PLAIN", "ada", "", "flou"}, false},
        {{"PLAIN", "ada", "", "flour "}, false},
        {{"PLAIN", "ada", "", "Flour"}, false},
        {{"PLAIN", "ada", "", ""}, false},
        {{"PLAIN", "Ada", "", "flour"}, false},
        {{"PLAIN", "eve", "", "flour"}, false},
        {{"PLAIN", "eve", "", "m\xc3\xbchle"}, false},  // The password of who stands last.
        {{"PLAIN", "", "", "flour"}, false},
        {{"PLAIN", "ada", "", scrypt_hash}, false},
        {{"PLAIN", "ada", "", std::string(10'000, 'x')}, false},
    };
    for (const Row& row : rows)
        EXPECT_EQ(users.verify(row.credentials), row.is_right)
            << row.credentials.user << " " << row.credentials.authority << " "
            << row.credentials.password.substr(0, 80);
}

TEST(Users, AreNobodyWhereThereAreNone) {
    EXPECT_FALSE(Users().verify({"PLAIN", "", "", ""}));
    EXPECT_FALSE(Users().verify({"PLAIN", "ada", "", "flour"}));
}

}  // namespace
}  // namespace millrace::smtp
