#include "adapters/chat/irc/isupport.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::irc {
namespace {

bool take(Isupport& isupport, std::string_view text) {
    Line line;
    EXPECT_EQ(parse_line(text, line), LineFault::none);
    return isupport.take(line);
}

TEST(IrcCasemapping, FoldsAsTheServerDoes) {
    const Casemapping ascii(Casemapping::Kind::ascii), rfc(Casemapping::Kind::rfc1459),
        strict(Casemapping::Kind::rfc1459_strict);
    EXPECT_EQ(ascii.folded("#AbZ[]\\~\xC3\x89"), "#abz[]\\~\xC3\x89");
    EXPECT_EQ(rfc.folded("#AbZ[]\\~\xC3\x89"), "#abz{}|^\xC3\x89");
    EXPECT_EQ(strict.folded("#AbZ[]\\~"), "#abz{}|~");
    EXPECT_TRUE(rfc.is_same("N[ck", "n{CK"));
    EXPECT_FALSE(ascii.is_same("N[ck", "n{CK"));
    EXPECT_FALSE(rfc.is_same("nick", "nick1"));
    EXPECT_EQ(Casemapping::parse("rfc1459-strict"), Casemapping::Kind::rfc1459_strict);
    EXPECT_EQ(Casemapping::parse("rfc7613"), std::nullopt);
}

TEST(IrcIsupport, WhatTwoServersSay) {
    Isupport ngircd;
    EXPECT_TRUE(take(ngircd,
                     ":irc.ngircd.test 005 millrace RFC2812 IRCD=ngIRCd CHARSET=UTF-8 CASEMAPPING=ascii "
                     "PREFIX=(qaohv)~&@%+ CHANTYPES=#&+ CHANMODES=beI,k,l,imMnOPQRstVz CHANLIMIT=#&+:10 "
                     ":are supported on this server"));
    EXPECT_FALSE(take(ngircd,
                      ":irc.ngircd.test 005 millrace CHANNELLEN=50 NICKLEN=9 TOPICLEN=490 AWAYLEN=127 KICKLEN=400 "
                      "MODES=5 MAXLIST=beI:50 EXCEPTS=e INVEX=I PENALTY FNC :are supported on this server"));
    EXPECT_EQ(ngircd.prefixes(), "~&@%+");
    EXPECT_EQ(ngircd.prefix_of('h'), '%');
    EXPECT_EQ(ngircd.nick_bytes(), 9u);
    EXPECT_EQ(ngircd.topic_bytes(), 490u);
    EXPECT_EQ(ngircd.monitor_targets(), 0u);
    EXPECT_TRUE(ngircd.is_channel("+open"));
    EXPECT_EQ(ngircd.mode_kind('I'), Isupport::ModeKind::list);
    EXPECT_FALSE(ngircd.casemapping().is_same("[", "{"));

    Isupport inspircd;
    EXPECT_FALSE(
        take(inspircd,
             ":irc.insp.test 005 millrace AWAYLEN=200 CASEMAPPING=rfc1459 CHANLIMIT=#:60 "
             "CHANMODES=be,k,Hl,MRimnprst CHANNELLEN=64 CHANTYPES=# ELIST=CMNTU EXCEPTS=e EXTBAN=,RU HOSTLEN=64 "
             "KEYLEN=32 KICKLEN=255 :are supported by this server"));
    EXPECT_FALSE(take(inspircd,
                      ":irc.insp.test 005 millrace LINELEN=512 MAXLIST=b:100,e:100 MAXTARGETS=20 MODES=20 MONITOR=30 "
                      "NAMELEN=128 NAMESX NETWORK=TestNet NICKLEN=30 PREFIX=(ov)@+ SAFELIST STATUSMSG=@+ TOPICLEN=307 "
                      ":are supported by this server"));
    EXPECT_EQ(inspircd.network(), "TestNet");
    EXPECT_EQ(inspircd.host_bytes(), 64u);
    EXPECT_EQ(inspircd.line_bytes(), 512u);
    EXPECT_EQ(inspircd.monitor_targets(), 30u);
    EXPECT_FALSE(inspircd.is_channel("&local"));
    EXPECT_EQ(inspircd.mode_kind('k'), Isupport::ModeKind::always);
    EXPECT_EQ(inspircd.mode_kind('H'), Isupport::ModeKind::on_set);
    EXPECT_EQ(inspircd.mode_kind('o'), Isupport::ModeKind::prefix);
    EXPECT_EQ(inspircd.mode_kind('?'), Isupport::ModeKind::flag);
    EXPECT_EQ(inspircd.without_status("@#ops"), "#ops");
    EXPECT_EQ(inspircd.without_status("@+#ops"), "#ops");
    EXPECT_EQ(inspircd.without_status("#ops"), "#ops");
    EXPECT_EQ(inspircd.without_status("@ann"), "@ann");
}

TEST(IrcIsupport, WhatMakesNoSenseChangesNothing) {
    Isupport it;
    for (const std::string_view token : {"PREFIX=(ov)@", "PREFIX=ov", "PREFIX=(", "PREFIX=)", "NICKLEN=x", "NICKLEN=-3",
                                         "NICKLEN=99999999999999999999", "LINELEN=", "LINELEN=12x", "=5", "=",
                                         "CHANMODES", "TARGMAX=JOIN:x,,:,", "MONITOR=x", "-NICKLEN"})
        EXPECT_FALSE(take(it, "005 me " + std::string(token) + " :are")) << token;
    EXPECT_EQ(it.prefixes(), "@+");
    EXPECT_EQ(it.nick_bytes(), 9u);
    EXPECT_EQ(it.line_bytes(), 512u);
    EXPECT_EQ(it.join_targets(), 4u);
    EXPECT_FALSE(take(it, "005"));
    EXPECT_FALSE(take(it, "005 me"));
}

TEST(IrcIsupport, Limits) {
    Isupport it;
    take(it, "005 me LINELEN=100 NICKLEN=0 TARGMAX=NAMES:1,JOIN:,KICK:4 NETWORK=a\\x20b\\x3D\\x2 MONITOR :are");
    EXPECT_EQ(it.line_bytes(), 512u);
    EXPECT_EQ(it.nick_bytes(), 1u);
    EXPECT_EQ(it.network(), "a b=\\x2");
    EXPECT_EQ(it.monitor_targets(), 1u);
    take(it, "005 me LINELEN=1000000 TARGMAX=JOIN:2 PREFIX= CHATHISTORY=50 :are");
    EXPECT_EQ(it.line_bytes(), kHeardLineBytesMax);
    EXPECT_EQ(it.join_targets(), 2u);
    EXPECT_EQ(it.prefixes(), "");
    EXPECT_EQ(it.history_messages(), 50u);
    take(it, "005 me draft/CHATHISTORY=0 :are");
    EXPECT_EQ(it.history_messages(), 100u);
}

}  // namespace
}  // namespace millrace::chat::irc
