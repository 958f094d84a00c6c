# SPDX-License-Identifier: Apache-2.0
"""The parts of Swift's grammar that the checks need: comments, string literals, and where declarations are."""

import re
from typing import NamedTuple

_DECLARATION = re.compile(
    r"^([^\n]*?)\b(struct|class|enum|actor|protocol|extension|typealias|func|let|var|init|subscript)\b"
    r"[ ?]*(\[[^\]\n]*\]|`[^`\n]+`|[\w.]*)(:?)",
    re.MULTILINE,
)


class Declaration(NamedTuple):
    """A declaration, its text up to the brace that closes it, and whether only its file sees it."""

    kind: str
    name: str
    text: str
    is_private: bool
    is_conforming: bool

    @property
    def is_type(self):
        return self.kind in ("struct", "class", "enum", "actor", "protocol")

    @property
    def members(self):
        return declarations(self.text[self.text.find("{") + 1 : -1])


def declarations(code):
    """The declarations that stand in no braces or parentheses of `code`, which `code_only` returned."""
    found, depth, at = [], 0, 0
    for match in _DECLARATION.finditer(code):
        depth += _depth(code[at : match.start()])
        at = match.start()
        words = match[1].split()
        if depth == 0 and "import" not in words:
            text = code[at : _end(code, match.end())]
            private = any(word in ("private", "fileprivate") for word in words)
            found.append(Declaration(match[2], match[3].strip("`"), text, private, match[4] == ":"))
    return found


def _depth(text):
    return sum(text.count(c) for c in "{([") - sum(text.count(c) for c in "})]")


def _end(code, start):
    """The index after the brace that closes the first one from `start` on, or the end of the code."""
    depth = 0
    for at in range(start, len(code)):
        depth += (code[at] == "{") - (code[at] == "}")
        if code[at] == "}" and depth == 0:
            return at + 1
    return len(code)


def code_only(text, keep_strings=False):
    """Returns the text with spaces in place of comments, and unless `keep_strings` also in place of string contents.

    Line numbers do not change. Code inside an interpolation, `"\\(like this)"`, is kept.
    """
    return "".join(_Scanner(text, keep_strings).run())


class _Scanner:
    def __init__(self, text, keep_strings):
        self.text = text
        self.keep_strings = keep_strings
        self.at = 0
        self.out = []

    def run(self):
        self._code(until=None)
        return self.out

    def _copy(self, count):
        self.out.append(self.text[self.at : self.at + count])
        self.at += count

    def _blank(self, count):
        self.out.extend("\n" if c == "\n" else " " for c in self.text[self.at : self.at + count])
        self.at += count

    def _string_part(self, count):
        self._copy(count) if self.keep_strings else self._blank(count)

    def _code(self, until):
        """Scans code up to the end, or up to the parenthesis that closes an interpolation."""
        depth = 0
        while self.at < len(self.text):
            rest = self.text[self.at : self.at + 2]
            if rest == "//":
                end = self.text.find("\n", self.at)
                self._blank((len(self.text) if end < 0 else end) - self.at)
            elif rest == "/*":
                self._block_comment()
            elif rest[0] == '"' or (rest[0] == "#" and self._raw_string_starts()):
                self._string()
            else:
                if until and rest[0] == "(":
                    depth += 1
                elif until and rest[0] == ")":
                    if depth == 0:
                        return
                    depth -= 1
                self._copy(1)

    def _block_comment(self):
        depth = 0
        while self.at < len(self.text):
            rest = self.text[self.at : self.at + 2]
            if rest == "/*":
                depth += 1
            elif rest == "*/":
                depth -= 1
            self._blank(2 if rest in ("/*", "*/") else 1)
            if depth == 0:
                return

    def _raw_string_starts(self):
        return self.text[self.at :].lstrip("#").startswith('"')

    def _string(self):
        hashes = 0
        while self.text[self.at + hashes] == "#":
            hashes += 1
        quote = '"""' if self.text.startswith('"""', self.at + hashes) else '"'
        closing, escape = quote + "#" * hashes, "\\" + "#" * hashes
        self._copy(hashes + len(quote))
        while self.at < len(self.text):
            if self.text.startswith(closing, self.at):
                self._copy(len(closing))
                return
            if self.text.startswith(escape + "(", self.at):
                self._string_part(len(escape))
                self._copy(1)
                self._code(until=")")
                self._copy(1)
            elif self.text.startswith(escape, self.at):
                self._string_part(len(escape) + 1)
            else:
                self._string_part(1)
