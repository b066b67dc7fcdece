#!/usr/bin/env python3
"""What the oracle of kills makes of a testimony: each thing that can be wrong is found, and nothing else."""

import pathlib
import tempfile
import types
import unittest

from oracle import Testimony, Texts

TEXTS = Texts(7)
SENT = {"1.0": 5, "1.1": 2}
LIFE = "\n= 42\n"


def told(sender, number, seq=None, scope=None, text=None):
    seq, scope = number if seq is None else seq, f"web:{sender}" if scope is None else scope
    return f"{scope} {seq} 1 {TEXTS.text(sender, number) if text is None else text}\n"


def torn(sender, number, size):
    return told(sender, number)[:size]


ORDERLY = LIFE + told("1.0", 1) + told("1.1", 1) + told("1.0", 2)
ALTERED = TEXTS.text("1.0", 1)[:-1] + "x"
# what was written, what is wrong with it (None: nothing), delivered, again, torn
CASES = {
    "nothing": ("", None, 0, 0, 0),
    "a start": (LIFE, None, 0, 0, 0),
    "in order": (ORDERLY, None, 3, 0, 0),
    "the last again after a kill": (ORDERLY + LIFE + told("1.0", 2) + told("1.0", 3), None, 5, 1, 0),
    "all again after a kill": (ORDERLY + LIFE + told("1.0", 1) + told("1.0", 2) + told("1.1", 1), None, 6, 3, 0),
    "again after each of two kills": ((LIFE + told("1.0", 1)) * 3, None, 3, 2, 0),
    "a torn line": (ORDERLY + torn("1.0", 3, 20) + LIFE + told("1.0", 3), None, 4, 0, 1),
    "two bytes of a line": (ORDERLY + torn("1.0", 3, 2) + LIFE + told("1.0", 3), None, 4, 0, 1),
    "a line that is not whole yet": (ORDERLY + torn("1.0", 3, 30), None, 3, 0, 0),
    "the first again without a kill": (ORDERLY + told("1.0", 1), "after 2 of the same", 4, 1, 0),
    "the last again without a kill": (ORDERLY + told("1.0", 2), "after 2 of the same", 4, 1, 0),
    "twice again after a kill": (LIFE + told("1.0", 1) + LIFE + told("1.0", 1) * 2, "after 1 of the same", 3, 2, 0),
    "one is left out": (ORDERLY + told("1.0", 4), "after 2 of the same", 4, 0, 0),
    "one is left out by a kill": (ORDERLY + LIFE + told("1.0", 4), "after 2 of the same", 4, 0, 0),
    "not the first": (LIFE + told("1.0", 2), "after 0 of the same", 1, 0, 0),
    "two in another order": (LIFE + told("1.0", 2) + told("1.0", 1), "after 0 of the same", 2, 1, 0),
    "altered": (LIFE + told("1.0", 1, text=ALTERED) + told("1.0", 1), "altered, or unknown", 1, 0, 0),
    "noise": (LIFE + "noise\n" + told("1.0", 1), "altered, or unknown", 1, 0, 0),
    "torn without a kill": (LIFE + torn("1.0", 1, 20) + "\n" + told("1.0", 1), "altered, or unknown", 1, 0, 0),
    "of nobody": (LIFE + told("1.7", 1) + told("1.0", 1), "altered, or unknown", 1, 0, 0),
    "not sent yet": (LIFE + told("1.1", 1) + told("1.1", 2) + told("1.1", 3) + told("1.0", 1), "altered, or unknown",
                     3, 0, 0),
    "another seed's": (LIFE + told("1.0", 1, text=Texts(8).text("1.0", 1)) + told("1.0", 1), "altered, or unknown",
                       1, 0, 0),
    "in the scope of another": (ORDERLY + told("1.0", 3, scope="web:1.1"), "not in its scope", 4, 0, 0),
    "with a gap in seq": (ORDERLY + told("1.0", 3, seq=4), "not in its scope, or not with its seq", 4, 0, 0),
    "again with another seq": (ORDERLY + LIFE + told("1.0", 2, seq=3), "not in its scope, or not", 4, 1, 0),
}


class OracleTest(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="millrace-oracle-"))
        self.path = pathlib.Path(folder) / "testimony"
        self.clients = {name: types.SimpleNamespace(sent=sent) for name, sent in SENT.items()}

    def judge(self, text, piece):
        """Reads it while it grows, by `piece` bytes at a time."""
        testimony = Testimony(self.path, TEXTS)
        self.path.write_text("")
        for begin in range(0, len(text), piece):
            with open(self.path, "a", encoding="ascii") as file:
                file.write(text[begin:begin + piece])
            testimony.read(self.clients)
        return testimony

    def test_what_is_wrong_is_found(self):
        for name, (text, wrong, delivered, again, torn_lines) in CASES.items():
            for piece in (100, 1 << 20):
                with self.subTest(name, piece=piece):
                    found = self.judge(text, piece)
                    self.assertEqual((found.delivered, found.again, found.torn), (delivered, again, torn_lines))
                    self.assertEqual(bool(found.wrongs), wrong is not None, found.wrongs)
                    if wrong:
                        self.assertIn(wrong, found.wrongs[0])

    def test_texts_differ_and_have_no_line_breaks(self):
        texts = [TEXTS.text(sender, number) for sender in ("1.0", "1.1") for number in range(1, 10_000)]
        self.assertEqual(len(set(texts)), len(texts))
        self.assertFalse(any("\n" in text for text in texts))
        self.assertGreater(max(map(len, texts)), 256 << 10)  # Some are kept as files.


if __name__ == "__main__":
    unittest.main()
