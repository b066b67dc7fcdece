#include "adapters/sms/consent.hpp"

#include <gtest/gtest.h>

namespace millrace::sms {
namespace {

TEST(Consent, Words) {
    using Consent = v1::Sms::Consent;
    const struct {
        const char* text;
        Consent::Action action;
        const char* word;
    } cases[] = {
        {"STOP", Consent::STOP, "STOP"},
        {"stop", Consent::STOP, "STOP"},
        {" \tStop\r\n", Consent::STOP, "STOP"},
        {"Stop  all", Consent::STOP, "STOP ALL"},
        {"stopall", Consent::STOP, "STOPALL"},
        {"Unsubscribe", Consent::STOP, "UNSUBSCRIBE"},
        {"opt-out", Consent::STOP, "OPT-OUT"},
        {"arret", Consent::STOP, "ARRET"},
        {"start", Consent::START, "START"},
        {"Unstop", Consent::START, "UNSTOP"},
        {"yes", Consent::START, "YES"},
        {"help", Consent::HELP, "HELP"},
        {"INFO", Consent::HELP, "INFO"},
        {"stop it", Consent::ACTION_UNSPECIFIED, ""},
        {"please stop", Consent::ACTION_UNSPECIFIED, ""},
        {"stop.", Consent::ACTION_UNSPECIFIED, ""},
        {"st op", Consent::ACTION_UNSPECIFIED, ""},
        {"", Consent::ACTION_UNSPECIFIED, ""},
        {"  ", Consent::ACTION_UNSPECIFIED, ""},
        {"ＳＴＯＰ", Consent::ACTION_UNSPECIFIED, ""},
    };
    for (const auto& it : cases) {
        const std::optional<ConsentWord> found = consent_of(it.text, {});
        EXPECT_EQ(found ? found->action : Consent::ACTION_UNSPECIFIED, it.action) << it.text;
        EXPECT_EQ(found ? found->word : "", it.word) << it.text;
    }
    EXPECT_FALSE(consent_of(std::string(60, ' ') + "STOP " + std::string(60, ' '), {}));
    ConsentWords own;
    own.stop = {"BASTA"};
    EXPECT_TRUE(consent_of("basta", own));
    EXPECT_FALSE(consent_of("stop", own));
}

TEST(Consent, Keywords) {
    EXPECT_EQ(keyword_of("order 12 of 3"), "ORDER");
    EXPECT_EQ(keyword_of("\n info"), "INFO");
    EXPECT_EQ(keyword_of("é1 x"), "é1");
    EXPECT_EQ(keyword_of(" \n"), "");
    EXPECT_EQ(keyword_of(""), "");
}

}  // namespace
}  // namespace millrace::sms
