// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The symbols of one text in a linked list, while neighbours are merged.
struct MergedSymbols {
    private struct Symbol {
        var id: Int
        /// The number of the symbol's bytes in the table of merges; -1 if no merge has it, -2 after the symbol was merged into the
        /// one before it.
        var piece: Int32
        /// The index of the previous symbol; -1 at the start.
        var previous: Int32
        /// The index of the next symbol; the number of symbols at the end.
        var next: Int32
    }

    private static let removed: Int32 = -2

    private var symbols: [Symbol] = []

    /// Cuts a text into the longest symbols. Throws `invalidArgument` where none begins.
    init(of text: [UInt8], _ trie: TokenTrie, _ pieces: [Int32]) throws(ColonnadeError) {
        symbols.reserveCapacity(text.count)
        var offset = 0
        while offset < text.count {
            var (length, index) = (0, -1)
            trie.forEachToken(at: offset, of: text) { (length, index) = ($0, $1) }
            guard index >= 0 else { throw .unknownToken(in: text, at: offset, canBeIgnored: false) }
            let number = Int32(symbols.count)
            symbols.append(Symbol(id: trie.ids[index], piece: pieces[index], previous: number - 1, next: number + 1))
            offset += length
        }
    }

    /// Merges neighbours until no merge is possible. Returns the ids of the symbols that remain.
    consuming func merged(by table: MergeTable) -> [Int] {
        var symbols = symbols
        var queue = MergeQueue(capacity: symbols.count)
        var remaining = symbols.count
        for left in symbols.indices.dropLast() {
            guard let merge = table.merge(symbols[left].piece, symbols[left + 1].piece) else { continue }
            queue.append(rank: table[merge].rank, left: left, merge)
        }
        queue.order()
        while let (left, merge) = queue.popFirst() {
            let entry = table[merge]
            let right = Int(symbols[left].next)
            // Another merge of one of the two may have come first. Bytes only grow, so equal numbers mean the same symbols.
            guard symbols[left].piece == entry.left, right < symbols.count, symbols[right].piece == entry.right else {
                continue
            }
            let next = Int(symbols[right].next)
            symbols[right].piece = MergedSymbols.removed
            symbols[left].id = entry.id
            symbols[left].piece = entry.joined
            symbols[left].next = Int32(next)
            remaining -= 1
            if next < symbols.count {
                symbols[next].previous = Int32(left)
                if let merge = table.merge(entry.joined, symbols[next].piece) {
                    queue.push(rank: table[merge].rank, left: left, merge)
                }
            }
            let previous = Int(symbols[left].previous)
            if previous >= 0, let merge = table.merge(symbols[previous].piece, entry.joined) {
                queue.push(rank: table[merge].rank, left: previous, merge)
            }
        }
        var ids: [Int] = []
        ids.reserveCapacity(remaining)
        var index = 0
        while index < symbols.count {
            ids.append(symbols[index].id)
            index = Int(symbols[index].next)
        }
        return ids
    }
}
