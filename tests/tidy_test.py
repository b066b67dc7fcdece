#!/usr/bin/env python3
"""Every rule of tidy.py is silent on a good tree and fires, alone, on a tree that breaks it."""
import sys
import unittest

import tidy

ADAPTER = "adapters/websocket/"
SESSION = ADAPTER + "session.cpp"
CODEC = ADAPTER + "codec.cpp"
CODEC_TEST = "tests/unit/adapters/websocket/codec_test.cpp"
ROUTER = "gateway/core/router.cpp"
LIFE = """
| step | where | what |
|---|---|---|
| 1 enters | `adapters/<p>/session.cpp` | `Session::read` |
| 2 is normalised | `adapters/<p>/normalise.cpp` | x |
| 3 is submitted | `gateway/core/dispatcher.cpp` | `Dispatcher::submit` |
| 4 is routed | `gateway/core/router.cpp` | x |
| 5 is delivered | `gateway/core/mailbox.cpp` -> `plugin_host.cpp` | x |
| 6 is answered | `gateway/core/outbox.cpp` -> `adapters/<p>/session.cpp` | x |
| 7 is settled | `adapters/<p>/session.cpp` | x |
"""


def good_tree():
    tree = {f"{ADAPTER}{stem}.cpp": '#include "adapters/websocket/config.hpp"\n' for stem in tidy.ADAPTER_STEMS}
    tree[SESSION] += "void Session::read() {}\n"
    tree[f"{ADAPTER}config.hpp"] = "#pragma once\n"
    tree[f"{ADAPTER}README.md"] = "The WebSocket adapter.\n"
    tree["adapters/CMakeLists.txt"] = " ".join(f"{stem}.cpp" for stem in tidy.ADAPTER_STEMS)
    core = ("dispatcher", "router", "mailbox", "plugin_host", "outbox", "config")
    includes = '#include "gateway/base/log.hpp"\n#include <millrace/abi.h>\n'
    tree |= {f"gateway/core/{stem}.cpp": includes for stem in core}
    tree["gateway/core/dispatcher.cpp"] += "Result Dispatcher::submit() {}\n"
    tree["gateway/CMakeLists.txt"] = " ".join(f"core/{stem}.cpp" for stem in core)
    tree[CODEC_TEST] = '#include "gateway/core/router.hpp"\n'
    tree["tests/fuzz/fuzz_websocket_codec.cpp"] = ""
    tree["tests/fuzz/corpus/websocket_codec/seed"] = "seed"
    tree["tests/CMakeLists.txt"] = "millrace_test(unit/adapters/websocket/codec_test) millrace_fuzzer(websocket_codec)"
    tree["README.md"] = LIFE
    return tree


def added(path, text):
    return lambda tree: tree.__setitem__(path, tree.get(path, "") + text)


def removed(path):
    return lambda tree: tree.pop(path)


# rule, how the tree is broken, the path of the finding
BREAKS = (
    ("size", added(ROUTER, "\n" * 401), ROUTER),
    ("size", added(ROUTER, "//" + "a" * 119), ROUTER),
    ("words", added(ROUTER, "// TO" + "DO: later"), ROUTER),
    ("words", added("README.md", "FIX" + "ME"), "README.md"),
    ("names", added("gateway/core/string_utils.hpp", "#pragma once"), "gateway/core/string_utils.hpp"),
    ("names", added("sdk/helpers/a.hpp", "#pragma once"), "sdk/helpers/a.hpp"),
    ("include_table", added("sdk/include/millrace/a.hpp", '#pragma once\n#include "gateway/base/log.hpp"'),
     "sdk/include/millrace/a.hpp"),
    ("include_table", added("gateway/base/a.hpp", '#pragma once\n#include "gateway/core/router.hpp"'),
     "gateway/base/a.hpp"),
    ("include_table", added("gateway/base/a.hpp", "#pragma once\n#include <millrace/abi.h>"), "gateway/base/a.hpp"),
    ("include_table", added(ROUTER, '#include "adapters/websocket/codec.hpp"'), ROUTER),
    ("include_table", added(ROUTER, '#include "gateway/admin/server.hpp"'), ROUTER),
    ("include_table", added(ROUTER, '#include "tests/support/a.hpp"'), ROUTER),
    ("include_table", added(ROUTER, '#include "../base/log.hpp"'), ROUTER),
    ("include_table", added(SESSION, '#include "gateway/base/log.hpp"'), SESSION),
    ("include_table", added(SESSION, '#include "adapters/mqtt/codec.hpp"'), SESSION),
    ("include_table", added("adapters/chat/common/a.hpp", '#pragma once\n#include "adapters/chat/irc/codec.hpp"'),
     "adapters/chat/common/a.hpp"),
    ("include_table", added("plugins/echo/echo.hpp", '#pragma once\n#include "adapters/common/tls.hpp"'),
     "plugins/echo/echo.hpp"),
    ("owners", added(ROUTER, "#include <dlfcn.h>"), ROUTER),
    ("owners", added(ROUTER, "#include <yaml-cpp/yaml.h>"), ROUTER),
    ("owners", added(SESSION, "#include <openssl/ssl.h>"), SESSION),
    ("owners", added(SESSION, "#include <curl/curl.h>"), SESSION),
    ("sans_io_codec", added(CODEC, "#include <boost/asio/ip/tcp.hpp>"), CODEC),
    ("sans_io_codec", added(CODEC, "#include <chrono>"), CODEC),
    ("pragma_once", added("gateway/core/a.hpp", "int a;"), "gateway/core/a.hpp"),
    ("detach", added(ROUTER, "std::thread([] {}).detach();"), ROUTER),
    ("adapter_stems", added("adapters/chat/irc/README.md", "x"), "adapters/chat/irc"),
    ("adapter_stems", removed(f"{ADAPTER}README.md"), "adapters/websocket"),
    ("codec_tests", removed(CODEC_TEST), CODEC),
    ("codec_tests", removed("tests/fuzz/fuzz_websocket_codec.cpp"), CODEC),
    ("codec_tests", removed("tests/fuzz/corpus/websocket_codec/seed"), CODEC),
    ("listed", added("tests/unit/gateway/core/lost_test.cpp", ""), "tests/unit/gateway/core/lost_test.cpp"),
    ("listed", added("tests/e2e/lost_test.py", ""), "tests/e2e/lost_test.py"),
    ("life_of_an_event", removed("README.md"), "README.md"),
    ("life_of_an_event", removed("gateway/core/mailbox.cpp"), "README.md"),
    ("life_of_an_event", added("README.md", "| 7 is settled | `gateway/core/router.cpp` | again |\n"), "README.md"),
    ("life_of_an_event", lambda tree: tree.__setitem__("gateway/core/dispatcher.cpp", ""), "README.md"),
)


class TidyTest(unittest.TestCase):
    def test_a_good_tree_is_silent(self):
        self.assertEqual(tidy.check(good_tree()), [])

    def test_each_rule_fires_alone(self):
        for rule, break_it, path in BREAKS:
            with self.subTest(rule=rule, path=path):
                tree = good_tree()
                break_it(tree)
                findings = tidy.check(tree)
                self.assertEqual({finding[0] for finding in findings}, {rule}, findings)
                self.assertIn(path, [finding[1] for finding in findings])

    def test_every_rule_has_a_case(self):
        self.assertEqual({rule for rule, _, _ in BREAKS}, {rule.__name__ for rule in tidy.RULES})


if __name__ == "__main__":
    sys.exit(unittest.main())
