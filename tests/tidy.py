#!/usr/bin/env python3
"""The rules of the repository's layout, as a test. Prints one line a finding; exit code 1 if there is any.

A rule is a function from the tree ({path: text}) to findings (path, line, what is wrong). tests/tidy_test.py
shows for each rule that it fires.
"""
import os
import re
import sys
from pathlib import Path

LINES_MAX = 400
COLUMNS_MAX = 120
CODE = (".cpp", ".hpp", ".h", ".py", ".proto", ".cmake", "CMakeLists.txt", "dev", ".ci/run")
CXX = (".cpp", ".hpp", ".h")
ADAPTER_STEMS = ("adapter", "config", "codec", "normalise", "session")

# Who may include what of ours; the first area that matches a file's path is its own.
SDK = ("millrace/",)
AREAS = (
    ("sdk/", SDK),
    ("gateway/base/", ("gateway/base/", "gateway/version.hpp")),
    ("gateway/core/", ("gateway/base/", "gateway/core/", "gateway/version.hpp") + SDK),
    ("gateway/admin/", ("gateway/base/", "gateway/core/", "gateway/admin/", "gateway/version.hpp") + SDK),
    ("gateway/", ("gateway/",) + SDK),
    ("adapters/common/", ("adapters/common/",) + SDK),
    ("adapters/chat/", ("adapters/common/", "adapters/chat/common/", "adapters/chat/{own}/") + SDK),
    ("adapters/", ("adapters/common/", "adapters/{own}/") + SDK),
    ("plugins/", SDK),
)
OURS = ("millrace/", "gateway/", "adapters/", "plugins/", "tests/", "bench/", "sdk/", "schemas/")

# One owner for each heavy dependency: a header's prefix, and the only files that may include it.
OWNERS = (
    ("dlfcn.h", ("gateway/core/plugin_host", "sdk/conformance/plugin_file")),
    ("elf.h", ("gateway/core/manifest", "sdk/conformance/plugin_file")),
    ("yaml-cpp/", ("gateway/core/config", "gateway/core/yaml")),
    ("re2/", ("gateway/core/router",)),
    ("spdlog/", ("gateway/base/log",)),
    ("prometheus/", ("gateway/base/metrics", "gateway/admin/")),
    ("CLI/", ("gateway/main", "gateway/cli/")),
    ("sqlite3.h", ("gateway/core/spool",)),
    ("openssl/", ("adapters/common/tls", "adapters/common/crypto", "adapters/common/digest",
                  "gateway/core/plugin_file")),
    ("iconv.h", ("adapters/smtp/mime/charsets",)),
    ("crypt.h", ("adapters/smtp/users",)),
    ("resolv.h", ("adapters/smtp/dns",)),
    ("curl/", ("adapters/common/curl_easy",)),
)

# What a codec does without: I/O and clocks. Beast's own types need Asio's buffers and an executor's name.
CODEC_NEVER = re.compile(
    r"boost/asio(\.hpp|/(?!buffer|any_io_executor|system_executor|execution))|sys/|netinet/|chrono|ctime")

BANNED_WORDS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
BANNED_NAMES = re.compile(r"(^|[_/])(utils?|helpers?|manager)([_./]|$)")
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)


def lines(text):
    return enumerate(text.splitlines(), 1)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def code(tree):
    return ((path, text) for path, text in tree.items() if path.endswith(CODE))


def cxx(tree):
    return ((path, text) for path, text in tree.items() if path.endswith(CXX))


def product(tree):
    return ((path, text) for path, text in cxx(tree) if not path.startswith(("tests/", "bench/")))


def includes(text):
    return ((line_of(text, match.start(1)), match[1]) for match in INCLUDE.finditer(text))


def adapters(tree):
    """The folders that hold one adapter each."""
    found = set()
    for path in tree:
        match = re.match(r"adapters/(chat/)?(\w+)/", path)
        if match and match[2] not in ("common", "chat"):
            found.add(match[0].rstrip("/"))
    return sorted(found)


def size(tree):
    for path, text in code(tree):
        count = len(text.splitlines())
        if count > LINES_MAX:
            yield path, count, f"{count} lines, more than {LINES_MAX}"
        for number, line in lines(text):
            if len(line) > COLUMNS_MAX:
                yield path, number, f"{len(line)} columns, more than {COLUMNS_MAX}"


def words(tree):
    for path, text in tree.items():
        for number, line in lines(text):
            if match := BANNED_WORDS.search(line):
                yield path, number, f"the word {match[0]}: do it, or open an issue"


def names(tree):
    for path in tree:
        if match := BANNED_NAMES.search(path):
            yield path, 1, f"'{match[2]}' says nothing: name the concept"


def include_table(tree):
    for path, text in product(tree):
        allowed = next((allowed for area, allowed in AREAS if path.startswith(area)), None)
        if allowed is None:
            continue
        own = path.split("/")[2 if path.startswith("adapters/chat/") else 1]
        allowed = tuple(prefix.format(own=own) for prefix in allowed)
        for number, header in includes(text):
            if header.startswith(".."):
                yield path, number, f"{header}: include by the path from the root"
            elif header.startswith(OURS) and not header.startswith(allowed):
                yield path, number, f"{header} is not for {path.rsplit('/', 1)[0]}"


def owners(tree):
    for path, text in product(tree):
        for number, header in includes(text):
            for prefix, owner in OWNERS:
                if header.startswith(prefix) and not path.startswith(owner):
                    yield path, number, f"{header} belongs to {' and '.join(owner)}"


def sans_io_codec(tree):
    for path, text in product(tree):
        if not re.search(r"/codec\w*\.[ch]pp$", path):
            continue
        for number, header in includes(text):
            if CODEC_NEVER.match(header):
                yield path, number, f"{header}: a codec has no I/O and no clock"


def pragma_once(tree):
    for path, text in cxx(tree):
        if path.endswith(".hpp") and "#pragma once" not in text:
            yield path, 1, "no #pragma once"


def detach(tree):
    for path, text in cxx(tree):
        for match in re.finditer(r"\b(thread|worker)\w*(\[\w+\]|\(.*\))?(\.|->)detach\(\)", text):
            yield path, line_of(text, match.start()), "no thread is detached"


def adapter_stems(tree):
    for folder in adapters(tree):
        for stem in ADAPTER_STEMS:
            if not any(f"{folder}/{stem}{end}" in tree for end in CXX):
                yield folder, 1, f"an adapter has {stem}.hpp or {stem}.cpp"
        if f"{folder}/README.md" not in tree:
            yield folder, 1, "an adapter has a README.md: what of the protocol, keys, field mapping"


def codec_tests(tree):
    for folder in adapters(tree):
        if f"{folder}/codec.cpp" not in tree:
            continue
        name = folder.rsplit("/", 1)[1]
        for test in (f"tests/unit/{folder}/codec_test.cpp", f"tests/fuzz/fuzz_{name}_codec.cpp"):
            if test not in tree:
                yield f"{folder}/codec.cpp", 1, f"needs {test}"
        if not any(path.startswith(f"tests/fuzz/corpus/{name}_codec/") for path in tree):
            yield f"{folder}/codec.cpp", 1, f"needs a file in tests/fuzz/corpus/{name}_codec"


def is_near(folder, path):
    return path.startswith(folder) or (path.startswith("tests/support/") and folder.startswith("tests/"))


def listed(tree):
    """A source or a test that no CMakeLists.txt names is never built or run."""
    lists = {path.rsplit("CMakeLists.txt")[0]: text for path, text in tree.items() if path.endswith("CMakeLists.txt")}
    for path in tree:
        if path.endswith(".cpp"):
            name = re.sub(r"\.cpp$", "", path.rsplit("/", 1)[1])
        elif re.match(r"tests/.*_test\.py$", path):
            name = path.rsplit("/", 1)[1]
        else:
            continue
        name = re.sub(r"^fuzz_", "", name)
        if path == "tests/fuzz/replay.cpp" or path.startswith("bench/"):
            continue
        word = re.compile(rf"\b{re.escape(name)}\b")
        if not any(word.search(text) for folder, text in lists.items() if is_near(folder, path)):
            yield path, 1, "no CMakeLists.txt names it"


def life_of_an_event(tree):
    """README's table of the life of an event names files that exist, and functions that these files have."""
    text = tree.get("README.md", "")
    rows = [(number, line) for number, line in lines(text) if re.match(r"\|\s*[1-7] ", line)]
    if len(rows) != 7:
        yield "README.md", 1, f"the life of an event has 7 steps, not {len(rows)}"
    for number, line in rows:
        folder, files = "", []
        for name in re.findall(r"`([^`]+\.(?:cpp|hpp|h))`", line):
            folder, name = (name.rsplit("/", 1)) if "/" in name else (folder, name)
            found = [path for path in expand(f"{folder}/{name}", tree) if path in tree]
            files += found
            if not found:
                yield "README.md", number, f"{folder}/{name} does not exist"
        for function in re.findall(r"`(?:\w+::)?(\w+)`", line):
            if not any(re.search(rf"\b{function}\b", tree.get(path, "")) for path in files):
                yield "README.md", number, f"{function} is in none of {', '.join(files)}"


def expand(path, tree):
    if not path.startswith("adapters/<p>/"):
        return [path]
    return [path.replace("adapters/<p>", folder) for folder in adapters(tree)]


RULES = (size, words, names, include_table, owners, sans_io_codec, pragma_once, detach, adapter_stems, codec_tests,
         listed, life_of_an_event)


def read_tree(root):
    tree = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", "build", "state", "node_modules", "__pycache__")]
        for name in files:
            path = Path(folder, name)
            tree[path.relative_to(root).as_posix()] = path.read_bytes().decode("utf-8", "replace")
    return tree


def check(tree):
    return [(rule.__name__, *finding) for rule in RULES for finding in rule(tree)]


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    findings = check(read_tree(root))
    for rule, path, line, what in sorted(findings, key=lambda finding: finding[1:3]):
        print(f"{path}:{line}: {what} [{rule}]")
    print(f"tidy: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
