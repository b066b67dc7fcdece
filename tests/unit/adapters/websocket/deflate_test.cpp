#include "adapters/websocket/deflate.hpp"

#include <gtest/gtest.h>

#include <random>

namespace millrace::websocket {
namespace {

using Inflated = Deflate::Inflated;
using std::string_literals::operator""s;

TEST(Deflate, Negotiates) {
    const std::string plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", ""},
        {"permessage-deflate", plain},
        {"permessage-deflate; client_max_window_bits", plain},
        {"permessage-deflate; client_max_window_bits=8", plain},
        {"permessage-deflate; client_max_window_bits=15; server_no_context_takeover; client_no_context_takeover",
         plain},
        {"permessage-deflate; server_max_window_bits=15", plain},
        {"permessage-deflate; server_max_window_bits=9", plain + "; server_max_window_bits=9"},
        {"permessage-deflate; server_max_window_bits=\"10\"", plain + "; server_max_window_bits=10"},
        {"x-other, permessage-deflate", plain},
        {"permessage-deflate; server_max_window_bits=8, permessage-deflate", plain},
        {"permessage-deflate; server_max_window_bits=12, permessage-deflate", plain + "; server_max_window_bits=12"},
        {"permessage-deflate; unknown, permessage-deflate", plain},
        {"permessage-deflate; unknown", ""},
        {"permessage-deflate; server_max_window_bits", ""},
        {"permessage-deflate; server_max_window_bits=8", ""},
        {"permessage-deflate; server_max_window_bits=7", ""},
        {"permessage-deflate; server_max_window_bits=16", ""},
        {"permessage-deflate; server_max_window_bits=09", ""},
        {"permessage-deflate; server_max_window_bits=+9", ""},
        {"permessage-deflate; server_max_window_bits=9x", ""},
        {"permessage-deflate; client_max_window_bits=16", ""},
        {"permessage-deflate; client_max_window_bits=0", ""},
        {"permessage-deflate; server_no_context_takeover=1", ""},
        {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", ""},
        {"permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", ""},
        {"permessage-bzip2", ""},
        {"permessage-deflated", ""},
        {";;;", ""},
        {"=", ""},
    };
    for (const auto& [offer, answer] : cases) {
        const std::optional<DeflateTerms> terms = negotiate_deflate(offer);
        EXPECT_EQ(terms ? to_header(*terms) : "", answer) << offer;
    }
}

TEST(Deflate, InflatesTheExamplesOfTheRfc) {
    const std::string hello = "Hello";
    const std::vector<std::pair<const char*, std::string>> cases = {
        {"one block", "\xf2\x48\xcd\xc9\xc9\x07\x00"s},
        {"no compression", "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s},
        {"a final block", "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s},
        {"two blocks", "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s},
    };
    Deflate deflate;
    std::string out;
    for (const auto& [name, payload] : cases) {
        EXPECT_EQ(deflate.inflate(payload, 100, out), Inflated::whole) << name;
        EXPECT_EQ(out, hello) << name;
    }
    for (const std::string& empty : {""s, "\x00"s, "\x02\x00"s}) {
        EXPECT_EQ(deflate.inflate(empty, 1, out), Inflated::whole);
        EXPECT_EQ(out, "");
    }
}

TEST(Deflate, RefusesWhatIsNoDeflate) {
    Deflate deflate;
    std::string out;
    const std::string hello = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;
    EXPECT_EQ(deflate.inflate("\xff\xff\xff"s, 100, out), Inflated::broken);
    EXPECT_EQ(deflate.inflate("\x06\x00"s, 100, out), Inflated::broken);                       // reserved block type
    EXPECT_EQ(deflate.inflate("\x00\x05\x00\x00\x00Hello\x00"s, 100, out), Inflated::broken);  // lengths differ
    EXPECT_EQ(deflate.inflate("\x00\x50\x00\xaf\xffHello"s, 100, out), Inflated::broken);      // more is promised
    EXPECT_EQ(deflate.inflate(hello.substr(0, 4), 100, out), Inflated::broken);
    EXPECT_EQ(deflate.inflate(hello, 100, out), Inflated::whole);  // and is none the worse for it
    EXPECT_EQ(out, "Hello");
}

TEST(Deflate, ComesBackAsItWas) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Deflate deflate;
    std::string out;
    for (const std::size_t size : {64u, 65u, 1000u, 65'535u, 65'536u, 300'000u}) {
        for (int bits = 9; bits <= 15; ++bits) {
            std::string text(size, 'x');
            for (char& c : text) c = static_cast<char>('a' + random() % 4);
            const auto compressed = deflate.compress({bits}, text);
            ASSERT_TRUE(compressed) << size << " " << bits;
            EXPECT_LT(compressed->size(), size < 1000 ? size : size * 6 / 10);
            const std::string payload(*compressed);
            ASSERT_EQ(deflate.inflate(payload, size, out), Inflated::whole);
            EXPECT_TRUE(out == text);
            EXPECT_EQ(deflate.inflate(payload, size - 1, out), Inflated::too_large);
        }
    }
}

TEST(Deflate, LeavesAloneWhatGetsNoSmaller) {
    std::mt19937 random(1);
    std::string noise(4096, 0);
    for (char& c : noise) c = static_cast<char>(random());
    Deflate deflate;
    EXPECT_EQ(deflate.compress({15}, noise), std::nullopt);
    EXPECT_EQ(deflate.compress({15}, std::string(63, 'x')), std::nullopt);
    EXPECT_LT(deflate.compress({15}, std::string(1 << 20, 'x'))->size(), 6000u);
}

TEST(Deflate, ABombTakesItsLimit) {
    Deflate deflate;
    std::string out;
    const std::string bomb(*deflate.compress({15}, std::string(10 << 20, '\0')));
    EXPECT_LT(bomb.size(), 60'000u);
    for (const std::size_t limit : {1u, 1000u, 100'000u, 1u << 20}) {
        out = {};
        EXPECT_EQ(deflate.inflate(bomb, limit, out), Inflated::too_large);
        EXPECT_LE(out.capacity(), std::max<std::size_t>(limit + 1, 31));
    }
}

}  // namespace
}  // namespace millrace::websocket
