# SPDX-License-Identifier: Apache-2.0
"""LZ4 blocks (codec 3 of section 6)."""

from __future__ import annotations

SHORTEST_MATCH = 4
LAST_LITERALS = 5  # a block ends with at least as many literals
MATCH_LIMIT = 12  # no match begins in the last bytes of a block


class Lz4Error(Exception):
    """Bytes are not a block. The rule is that of section 7."""

    def __init__(self, message: str, rule: int = 28) -> None:
        super().__init__(message)
        self.rule = rule


def decode(data: bytes, length: int) -> bytes:
    """Returns the `length` decoded bytes of a block. Raises Lz4Error if there are more or fewer."""
    output = bytearray()
    at = 0

    def extended(count: int) -> int:
        nonlocal at
        while count >= 15:
            if at >= len(data):
                raise Lz4Error("a length goes past the end")
            byte = data[at]
            at += 1
            count += byte
            if byte < 255:
                break
        return count

    while True:
        if at >= len(data):
            raise Lz4Error("the block has no end")
        token = data[at]
        at += 1
        literals = extended(token >> 4)
        if at + literals > len(data) or len(output) + literals > length:
            raise Lz4Error("literals go past the end")
        output += data[at : at + literals]
        at += literals
        if at == len(data):
            if len(output) != length:
                raise Lz4Error(f"{len(output)} bytes instead of {length}")
            return bytes(output)
        distance = int.from_bytes(data[at : at + 2], "little")
        at += 2
        match = extended(token & 15) + SHORTEST_MATCH
        if distance == 0:
            raise Lz4Error("a match at a distance of 0", 38)
        if at > len(data) or distance > len(output) or len(output) + match > length - LAST_LITERALS:
            raise Lz4Error("a match is out of range")
        if len(output) > length - MATCH_LIMIT:
            raise Lz4Error("a match begins too late")
        for _ in range(match):
            output.append(output[-distance])


def encode(block: bytes) -> bytes:
    output = bytearray()
    seen: dict[bytes, int] = {}
    start = at = 0
    while at < len(block) - MATCH_LIMIT:
        word = block[at : at + SHORTEST_MATCH]
        candidate = seen.get(word)
        seen[word] = at
        if candidate is None or at - candidate > 65_535:
            at += 1
            continue
        match = SHORTEST_MATCH
        while at + match < len(block) - LAST_LITERALS and block[candidate + match] == block[at + match]:
            match += 1
        output += sequence(block[start:at], at - candidate, match)
        at += match
        start = at
    return bytes(output + sequence(block[start:]))


def sequence(literals: bytes, distance: int = 0, match: int = 0) -> bytes:
    """Returns literals and a match; without a match, the last sequence of a block."""
    extra = match - SHORTEST_MATCH if match else 0
    token = bytes([min(len(literals), 15) << 4 | min(extra, 15)])
    end = distance.to_bytes(2, "little") + extension(extra) if match else b""
    return token + extension(len(literals)) + literals + end


def extension(count: int) -> bytes:
    return bytes([255] * ((count - 15) // 255) + [(count - 15) % 255]) if count >= 15 else b""
