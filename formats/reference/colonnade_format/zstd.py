# SPDX-License-Identifier: Apache-2.0
"""Zstandard frames (codec 2 of section 6), after RFC 8878. The decoder knows all frames that the section allows; the encoder uses
few of the format's methods."""

from __future__ import annotations

from typing import NamedTuple

MAGIC = bytes.fromhex("28B52FFD")
SINGLE_SEGMENT = 0x20
LARGEST_BLOCK = 128 * 1024
RAW, RLE, COMPRESSED, REPEATED = range(4)  # types of blocks and literals, and modes of tables (RAW stands for predefined)


class ZstdError(Exception):
    """Bytes are not a frame."""


def require(condition: bool, message: str) -> None:
    if not condition:
        raise ZstdError(message)


# Bits


class Forward:
    """Reads bits from the first byte on."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def peek(self, count: int) -> int:
        word = int.from_bytes(self.data[self.at >> 3 : (self.at >> 3) + 8], "little")
        return word >> (self.at & 7) & (1 << count) - 1

    def read(self, count: int) -> int:
        value = self.peek(count)
        self.at += count
        return value

    def end(self) -> int:
        """Returns the number of bytes that were read."""
        used = -(-self.at // 8)
        require(used <= len(self.data), "a table of probabilities goes past the end")
        return used


class Backward:
    """Reads bits from the last byte on. Its highest bit that is 1 is the mark before the first bit."""

    def __init__(self, data: bytes) -> None:
        require(bool(data) and data[-1] != 0, "a stream of bits has no mark")
        self.data, self.at = data, 8 * len(data) - 9 + data[-1].bit_length()

    def peek(self, count: int) -> int:
        """Returns the next bits; those before the first byte are zero."""
        low = self.at - count
        if low < 0:
            return (int.from_bytes(self.data[:8], "little") & (1 << max(self.at, 0)) - 1) << -low & (1 << count) - 1
        word = int.from_bytes(self.data[low >> 3 : (low >> 3) + 8], "little")
        return word >> (low & 7) & (1 << count) - 1

    def read(self, count: int) -> int:
        value = self.peek(count)
        self.at -= count
        return value


# Finite state entropy


class State(NamedTuple):
    symbol: int
    bits: int
    base: int


def states(probabilities: list[int], log: int) -> list[State]:
    """Returns the decoding table. A probability of -1 stands for less than 1."""
    size = 1 << log
    symbols, counts = [0] * size, [abs(p) for p in probabilities]
    high = size
    for symbol, probability in enumerate(probabilities):
        if probability == -1:
            high -= 1
            symbols[high] = symbol
    at = 0
    for symbol, probability in enumerate(probabilities):
        for _ in range(max(probability, 0)):
            symbols[at] = symbol
            at = at + (size >> 1) + (size >> 3) + 3 & size - 1
            while at >= high:
                at = at + (size >> 1) + (size >> 3) + 3 & size - 1
    table = []
    for symbol in symbols:
        count = counts[symbol]
        counts[symbol] += 1
        bits = log - count.bit_length() + 1
        table.append(State(symbol, bits, (count << bits) - size))
    return table


def read_states(data: bytes, largest_log: int, symbol_count: int) -> tuple[list[State], int, int]:
    """Returns a table, its logarithm, and the number of bytes that describe it."""
    stream = Forward(data)
    log = stream.read(4) + 5
    require(log <= largest_log, f"a table of 2^{log} states")
    left, probabilities = 1 << log, []
    while left > 0:
        require(len(probabilities) < symbol_count, "too many probabilities")
        bits = (left + 1).bit_length()
        short = (1 << bits) - 2 - left
        value = stream.read(bits - 1)
        if value >= short and (top := stream.read(1)):
            value += (top << bits - 1) - short
        probabilities.append(value - 1)
        left -= abs(value - 1)
        while value == 1:
            zeros = stream.read(2)
            probabilities += [0] * zeros
            if zeros < 3:
                break
    require(left == 0 and len(probabilities) <= symbol_count, "probabilities do not add up")
    return states(probabilities, log), log, stream.end()


# Literals


class Huffman(NamedTuple):
    bits: int
    table: list[tuple[int, int]]  # symbol, bits


def read_huffman(data: bytes) -> tuple[Huffman, int]:
    require(bool(data), "no Huffman table")
    if data[0] >= 128:
        count = data[0] - 127
        used = 1 + (count + 1) // 2
        weights = [byte >> shift & 15 for byte in data[1:used] for shift in (4, 0)][:count]
    else:
        used = 1 + data[0]
        weights = read_weights(data[1:used])
    require(used <= len(data), "a Huffman table goes past the end")
    total = sum(1 << weight - 1 for weight in weights if weight)
    require(total > 0, "a Huffman table without symbols")
    bits = total.bit_length()
    rest = (1 << bits) - total
    require(bits <= 11 and rest & rest - 1 == 0 and len(weights) < 256, "weights do not add up")
    weights.append(rest.bit_length())
    require(sum(weight == 1 for weight in weights) >= 2, "a Huffman table has fewer than two longest codes")
    table = []
    for weight in range(1, bits + 1):
        for symbol, own in enumerate(weights):
            if own == weight:
                table += [(symbol, bits + 1 - weight)] * (1 << weight - 1)
    return Huffman(bits, table), used


def read_weights(data: bytes) -> list[int]:
    table, log, used = read_states(data, 6, 256)
    stream = Backward(data[used:])
    weights: list[int] = []
    current, other = table[stream.read(log)], table[stream.read(log)]
    while True:
        require(len(weights) < 255, "too many weights")
        weights.append(current.symbol)
        if stream.at < current.bits:
            return [*weights, other.symbol]
        current = table[current.base + stream.read(current.bits)]
        current, other = other, current


def decode_stream(data: bytes, huffman: Huffman, count: int) -> bytes:
    stream, output = Backward(data), bytearray()
    for _ in range(count):
        symbol, bits = huffman.table[stream.peek(huffman.bits)]
        stream.at -= bits
        output.append(symbol)
    require(stream.at == 0, "a stream of literals does not end at its beginning")
    return bytes(output)


class Decoder:
    """The state of a frame."""

    def __init__(self, length: int) -> None:
        self.output = bytearray()
        self.length = length
        self.huffman: Huffman | None = None
        self.tables: list[tuple[list[State], int] | None] = [None] * 3
        self.offsets = [1, 4, 8]

    def literals(self, data: bytes) -> tuple[bytes, int]:
        """Returns the literals of a block, and the number of bytes of their section."""
        require(bool(data), "a compressed block of no bytes")
        kind, form = data[0] & 3, data[0] >> 2 & 3
        if kind in (RAW, RLE):
            size, shift = {0: (1, 3), 1: (2, 4), 2: (1, 3), 3: (3, 4)}[form]
            require(size <= len(data), "literals without a header")
            count = int.from_bytes(data[:size], "little") >> shift
            end = size + (count if kind == RAW else 1)
            require(end <= len(data) and count <= LARGEST_BLOCK, "literals go past the end")
            return (data[size:end] if kind == RAW else data[size:end] * count), end
        size, bits = {0: (3, 10), 1: (3, 10), 2: (4, 14), 3: (5, 18)}[form]
        require(size <= len(data), "literals without a header")
        header = int.from_bytes(data[:size], "little") >> 4
        count, stored = header & (1 << bits) - 1, header >> bits
        end = size + stored
        require(end <= len(data) and count <= LARGEST_BLOCK, "literals go past the end")
        content = data[size:end]
        if kind == COMPRESSED:
            self.huffman, used = read_huffman(content)
            content = content[used:]
        if self.huffman is None:
            raise ZstdError("literals refer to a Huffman table that is missing")
        if form == 0:
            return decode_stream(content, self.huffman, count), end
        require(len(content) >= 6 and count >= 6, "four streams without their sizes")
        ends = [6]
        for index in range(3):
            ends.append(ends[-1] + int.from_bytes(content[2 * index : 2 * index + 2], "little"))
        ends.append(len(content))
        require(ends[3] <= ends[4], "streams of literals go past the end")
        quarter = (count + 3) // 4
        counts = [quarter, quarter, quarter, count - 3 * quarter]
        require(counts[3] >= 0, "four streams of too few literals")
        return b"".join(decode_stream(content[ends[i] : ends[i + 1]], self.huffman, counts[i]) for i in range(4)), end

    def block(self, data: bytes) -> None:
        literals, at = self.literals(data)
        require(at < len(data), "a compressed block without sequences")
        count = data[at]
        at += 1
        if count >= 128:
            size = 2 if count == 255 else 1
            require(at + size <= len(data), "a number of sequences goes past the end")
            low = int.from_bytes(data[at : at + size], "little" if size == 2 else "big")
            count = low + 0x7F00 if size == 2 else (count - 128 << 8) + low
            at += size
        if count == 0:
            require(at == len(data), "bytes after a block without sequences")
            self.output += literals
            return
        require(at < len(data), "sequences without modes")
        modes = data[at]
        require(modes & 3 == 0, "reserved bits of the modes")
        at += 1
        for index, (default, log, largest, symbol_count) in enumerate(TABLES):
            mode = modes >> 6 - 2 * index & 3
            if mode == RAW:
                self.tables[index] = (states(default, log), log)
            elif mode == RLE:
                require(at < len(data) and data[at] < symbol_count, "a symbol is missing or unknown")
                self.tables[index] = ([State(data[at], 0, 0)], 0)
                at += 1
            elif mode == COMPRESSED:
                table, log, used = read_states(data[at:], largest, symbol_count)
                self.tables[index] = (table, log)
                at += used
        self.sequences(count, Backward(data[at:]), literals)

    def sequences(self, count: int, stream: Backward, literals: bytes) -> None:
        tables = [table for table in self.tables if table is not None]
        require(len(tables) == 3, "sequences refer to a table that is missing")
        current = [table[stream.read(log)] for table, log in tables]
        used = 0
        for number in range(count):
            run, distance, match = current
            require(distance.symbol <= 31, "a distance is too large")
            value = (1 << distance.symbol) + stream.read(distance.symbol)
            length = MATCHES[match.symbol][0] + stream.read(MATCHES[match.symbol][1])
            copied = LITERALS[run.symbol][0] + stream.read(LITERALS[run.symbol][1])
            require(used + copied <= len(literals), "sequences have more literals than there are")
            self.output += literals[used : used + copied]
            used += copied
            self.copy(self.offset(value, copied), length)
            if number < count - 1:
                for index in (0, 2, 1):
                    current[index] = tables[index][0][current[index].base + stream.read(current[index].bits)]
        require(stream.at == 0, "a stream of sequences does not end at its beginning")
        self.output += literals[used:]

    def offset(self, value: int, literals: int) -> int:
        if value > 3:
            self.offsets = [value - 3, *self.offsets[:2]]
            return self.offsets[0]
        index = value - 1 + (literals == 0)
        offset = self.offsets[index] if index < 3 else self.offsets[0] - 1
        self.offsets.pop(min(index, 2))
        self.offsets.insert(0, offset)
        return offset

    def copy(self, offset: int, length: int) -> None:
        require(0 < offset <= len(self.output), f"a match at a distance of {offset}")
        require(len(self.output) + length <= self.length, "a match goes past the end")
        for _ in range(length):
            self.output.append(self.output[-offset])


def decode(data: bytes, length: int) -> bytes:
    """Returns the `length` decoded bytes of a frame that section 6 allows. Raises ZstdError for others."""
    require(data[:4] == MAGIC and len(data) > 5, "no frame")
    descriptor = data[4]
    require(descriptor & 0x3F == SINGLE_SEGMENT, f"a frame with the descriptor {descriptor:#x}")
    size = 1 << (descriptor >> 6)
    content = int.from_bytes(data[5 : 5 + size], "little") + (256 if size == 2 else 0)
    require(content == length and len(data) >= 5 + size, f"a frame of {content} bytes instead of {length}")
    decoder, at, last = Decoder(length), 5 + size, False
    while not last:
        require(at + 3 <= len(data), "a frame without its last block")
        header = int.from_bytes(data[at : at + 3], "little")
        last, kind, count = bool(header & 1), header >> 1 & 3, header >> 3
        at += 3
        stored = 1 if kind == RLE else count
        before = len(decoder.output)
        require(kind < 3 and at + stored <= len(data) and count <= min(length, LARGEST_BLOCK), "a block goes past the end")
        if kind == COMPRESSED:
            decoder.block(data[at : at + stored])
        else:
            decoder.output += data[at : at + stored] * (count if kind == RLE else 1)
        require(len(decoder.output) - before <= min(length, LARGEST_BLOCK), "a block is too large")
        at += stored
    require(at == len(data), "bytes after the frame")
    require(len(decoder.output) == length, f"{len(decoder.output)} bytes instead of {length}")
    return bytes(decoder.output)


# Codes of lengths: the least length, and the number of bits that are added to it

LITERALS = [(code, 0) for code in range(16)] + [
    (16, 1), (18, 1), (20, 1), (22, 1), (24, 2), (28, 2), (32, 3), (40, 3), (48, 4), (64, 6), (128, 7), (256, 8), (512, 9),
    (1024, 10), (2048, 11), (4096, 12), (8192, 13), (16384, 14), (32768, 15), (65536, 16)]
MATCHES = [(code + 3, 0) for code in range(32)] + [
    (35, 1), (37, 1), (39, 1), (41, 1), (43, 2), (47, 2), (51, 3), (59, 3), (67, 4), (83, 4), (99, 5), (131, 7), (259, 8),
    (515, 9), (1027, 10), (2051, 11), (4099, 12), (8195, 13), (16387, 14), (32771, 15), (65539, 16)]

# Of literal lengths, distances and match lengths: predefined probabilities, their logarithm, the largest logarithm, the symbols

TABLES = [
    ([4, 3] + [2] * 11 + [1] * 3 + [2] * 9 + [3, 2] + [1] * 5 + [-1] * 4, 6, 9, len(LITERALS)),
    ([1] * 6 + [2] * 3 + [1] * 15 + [-1] * 5, 5, 8, 32),
    ([1, 4, 3] + [2] * 6 + [1] * 37 + [-1] * 7, 6, 9, len(MATCHES))]


# Encoding


def encode(block: bytes) -> bytes:
    """Returns a frame of a block of at most 64 KiB: one repeated byte, raw literals with predefined tables, or the bytes themselves."""
    size = 1 if len(block) < 256 else 2
    stated = (len(block) - (0 if size == 1 else 256)).to_bytes(size, "little")
    header = MAGIC + bytes([size - 1 << 6 | SINGLE_SEGMENT]) + stated
    kind, count, content = COMPRESSED, 0, compress(block)
    if block == block[:1] * len(block):
        kind, count, content = RLE, len(block), block[:1]
    elif len(content) >= len(block):
        kind, content = RAW, block
    return header + (1 | kind << 1 | (count or len(content)) << 3).to_bytes(3, "little") + content


def compress(block: bytes) -> bytes:
    found, literals = matches(block)
    section = (len(literals) << 4 | 3 << 2 | RAW).to_bytes(3, "little") + literals
    count = len(found)
    number = bytes([count]) if count < 128 else bytes([(count >> 8) + 128, count & 255])
    if not found:
        return section + number
    bits: list[tuple[int, int]] = []  # value and size, in the order in which they are written
    tables = [states(default, log) for default, log, *_ in TABLES]
    following: list[int] = []
    for run, distance, length in reversed(found):
        codes = [code_of(LITERALS, run), (distance + 3).bit_length() - 1, code_of(MATCHES, length)]
        current = []
        for table, symbol, next_state in zip(tables, codes, following or [None] * 3):
            current.append(next(
                number for number, state in enumerate(table)
                if state.symbol == symbol and (next_state is None or 0 <= next_state - state.base < 1 << state.bits)))
        for index in (1, 2, 0) if following else ():
            state = tables[index][current[index]]
            bits.append((following[index] - state.base, state.bits))
        bits.append((run - LITERALS[codes[0]][0], LITERALS[codes[0]][1]))
        bits.append((length - MATCHES[codes[2]][0], MATCHES[codes[2]][1]))
        bits.append((distance + 3 - (1 << codes[1]), codes[1]))
        following = current
    bits += [(following[2], 6), (following[1], 5), (following[0], 6), (1, 1)]
    stream = size = 0
    for value, count in bits:
        stream |= value << size
        size += count
    return section + number + b"\0" + stream.to_bytes(-(-size // 8), "little")


def code_of(lengths: list[tuple[int, int]], length: int) -> int:
    return max(code for code, (least, _) in enumerate(lengths) if least <= length)


def matches(block: bytes) -> tuple[list[tuple[int, int, int]], bytes]:
    """Returns sequences, each with the numbers of literals, distance and matching bytes, and all literals."""
    found, literals = [], b""
    seen: dict[bytes, int] = {}
    start = at = 0
    while at + 4 <= len(block):
        word = block[at : at + 4]
        candidate = seen.get(word)
        seen[word] = at
        if candidate is None:
            at += 1
            continue
        length = 4
        while at + length < len(block) and block[candidate + length] == block[at + length]:
            length += 1
        found.append((at - start, at - candidate, length))
        literals += block[start:at]
        at += length
        start = at
    return found, literals + block[start:]
