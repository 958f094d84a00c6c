# SPDX-License-Identifier: Apache-2.0
"""What the checks need to know of Swift's grammar: where comments and string literals are."""


def code_only(text, keep_strings=False):
    """The text with comments, and unless asked otherwise the contents of string literals, turned into spaces.

    Lines stay where they are. Code inside an interpolation, `"\\(like this)"`, stays.
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
        """Code up to the end, or up to the parenthesis that closes an interpolation."""
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
