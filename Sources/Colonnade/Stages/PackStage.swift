// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// Packs ragged rows into rows of a fixed length. Each packed row has one or more rows, with segment numbers that tell
/// them apart.
///
/// Within a window each row goes into the first packed row with enough capacity (first fit: Johnson 1974). Only lengths
/// decide: the values in a file are read when a packed row is made.
struct PackStage: GroupStage {
    /// A range of elements of a row.
    private struct Piece: Sendable {
        let recipe: Recipe
        let start: Int
        let count: Int
    }

    let upstream: Upstream
    let keys: [String]
    let columns: [Int]
    let length: Int
    let window: Int
    let overlong: Overlong
    let padding: NameMap<Double>
    let schema: Schema

    init(
        _ upstream: Upstream, _ keys: [String], length: Int, window: Int, overlong: Overlong,
        padding: NameMap<Double>
    ) throws(ColonnadeError) {
        // The values of `positions` are int32.
        guard length >= 1, length <= Int(Int32.max), window >= 1, !keys.isEmpty else {
            throw ColonnadeError(
                .invalidArgument,
                "packing needs a key, a length from 1 to \(Int32.max) and a window of at least 1, not \(keys), \(length) and "
                    + "\(window)")
        }
        var fields: [Field] = []
        var columns: [Int] = []
        for key in keys {
            let column = try upstream.schema.index(of: key)
            let field = upstream.schema[column]
            guard field.shape.count >= 1, !field.shape.dropFirst().contains(nil) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(key)\" is \(field.typeDescription): packed values have a first dimension, and only that may vary"
                )
            }
            if let value = padding[key] { try field.checkPadding(value) }
            columns.append(column)
            fields.append(Field(key, field.dtype, [length] + field.shape.dropFirst(), meaning: field.meaning))
        }
        let packed = try Schema(fields)
        for key in padding.names { _ = try packed.index(of: key) }
        fields.append(Field("segment_ids", .int32, [length]))
        fields.append(Field("positions", .int32, [length]))
        self.upstream = upstream
        self.keys = keys
        self.columns = columns
        self.length = length
        self.window = window
        self.overlong = overlong
        self.padding = padding
        schema = try Schema(fields)
    }

    var name: String { "pack" }
    var label: String { "packed \(keys) to \(length), window \(window), \(overlong)" }
    var initialCarry: [(length: Int, recipe: Recipe)] { [] }

    func isClean(_ carry: [(length: Int, recipe: Recipe)]) -> Bool { carry.isEmpty }

    func group(
        _ number: Int, _ carry: inout [(length: Int, recipe: Recipe)], _ upstream: any StageCursor, _ pass: PassContext
    ) throws(ColonnadeError) -> [Recipe]? {
        while carry.count < window, let next = try upstream.next() {
            let (shape, recipe) = try next.measured(columns[0])
            if overlong == .refuse, shape[0] > length {
                throw ColonnadeError(
                    .invalidArgument,
                    "it has \(shape[0]) elements, but a packed row has \(length): make packed rows longer, or let longer rows be "
                        + "split, truncated or dropped", at: .sample(row: recipe.identity.row, key: keys[0]))
            }
            carry.append((shape[0], recipe))
        }
        guard !carry.isEmpty else { return nil }
        let window = carry
        carry = []
        var rows = FirstFit(length: length)
        var pieces: [[Piece]] = []
        for (whole, recipe) in window {
            var start = 0
            var remaining = overlong == .truncate ? min(whole, length) : whole
            if overlong == .leaveOut, remaining > length { continue }
            while remaining > 0 {
                let count = min(remaining, length)
                let row = rows.assign(count)
                if row == pieces.count { pieces.append([]) }
                pieces[row].append(Piece(recipe: recipe, start: start, count: count))
                start += count
                remaining -= count
            }
        }
        return pieces.map { .composed(Packed(stage: self, pieces: $0, pool: pass.pool)) }
    }

    private struct Packed: Composition {
        let stage: PackStage
        let pieces: [Piece]
        let pool: TensorPool

        var identity: (row: Int, epoch: Int) { pieces[0].recipe.identity }

        func make() throws(ColonnadeError) -> Sample {
            let samples = try pieces.map { (piece) throws(ColonnadeError) in try piece.recipe.make() }
            var tensors: [Tensor] = []
            for (key, column) in zip(stage.keys, stage.columns) {
                var parts: [Tensor] = []
                for (piece, sample) in zip(pieces, samples) {
                    let tensor = sample.tensors[column]
                    guard tensor.shape[0] == sample.tensors[stage.columns[0]].shape[0] else {
                        throw ColonnadeError(
                            .invalidArgument,
                            "it has \(tensor.shape[0]) elements, and \"\(stage.keys[0])\" has \(sample.tensors[stage.columns[0]].shape[0]): keys that are packed together need the same length",
                            at: .sample(row: piece.recipe.identity.row, key: key))
                    }
                    parts.append(tensor.rows(piece.start..<piece.start + piece.count))
                }
                tensors.append(try packed(parts, key))
            }
            var (segments, positions) = ([Int32](), [Int32]())
            for (number, piece) in pieces.enumerated() {
                segments += [Int32](repeating: Int32(number + 1), count: piece.count)
                positions += (0..<piece.count).map { Int32($0) }
            }
            let rest = [Int32](repeating: 0, count: stage.length - segments.count)
            tensors += [Tensor(segments + rest), Tensor(positions + rest)]
            return Sample(schema: stage.schema, tensors: tensors)
        }

        private func packed(_ parts: [Tensor], _ key: String) throws(ColonnadeError) -> Tensor {
            let joined = try PaddedRows(parts, as: Field(key, parts[0].dtype)).joined(along: 0, padding: 0, from: pool)
            guard joined.shape[0] < stage.length else { return joined }
            return try joined.placed(
                in: [stage.length] + joined.shape.dropFirst(), at: joined.shape.map { _ in 0 },
                filling: stage.padding[key] ?? 0, from: pool, key)
        }
    }
}

/// Assigns pieces to the first row that has enough capacity.
private struct FirstFit {
    private let length: Int
    /// A binary tree of the remaining capacities of the rows. Each node has the largest capacity of its subtree, so
    /// that the first row with enough capacity is found in O(log rows).
    private var tree: [Int] = [0, 0]
    private var leaves = 1
    private var count = 0

    init(length: Int) { self.length = length }

    /// Returns the row for a piece of `size` elements: a new row if no row has enough capacity.
    mutating func assign(_ size: Int) -> Int {
        if tree[1] < size {
            if count == leaves { grow() }
            set(count, length - size)
            count += 1
            return count - 1
        }
        var node = 1
        while node < leaves { node = tree[2 * node] >= size ? 2 * node : 2 * node + 1 }
        set(node - leaves, tree[node] - size)
        return node - leaves
    }

    private mutating func set(_ row: Int, _ capacity: Int) {
        var node = leaves + row
        tree[node] = capacity
        while node > 1 {
            node /= 2
            tree[node] = max(tree[2 * node], tree[2 * node + 1])
        }
    }

    private mutating func grow() {
        let old = Array(tree[leaves...])
        leaves *= 2
        tree = [Int](repeating: 0, count: 2 * leaves)
        for (row, capacity) in old.enumerated() { set(row, capacity) }
    }
}
