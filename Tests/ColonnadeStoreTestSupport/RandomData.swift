// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// A generator of random schemas and rows. Equal seeds give equal data.
public struct RandomData {
    package var random: SplitMix64

    public init(seed: UInt64) { random = SplitMix64(state: seed) }

    public mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(bound, 1), using: &random) }

    /// Returns random bytes. Each number gives eight of them, since the sanitizers make a loop over bytes take minutes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var words: [UInt64] = []
        for _ in 0..<(count + 7) / 8 { words.append(random.next()) }
        return unsafe words.withUnsafeBytes { unsafe Array(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// Returns `count` columns of all kinds.
    public mutating func schema(_ count: Int) throws -> Schema {
        try Schema(
            (0..<count).map { index in
                let dtype = DType.allCases[below(DType.allCases.count)]
                switch below(10) {
                case 0: return Field("c\(index)", kind: .string)
                case 1: return Field("c\(index)", kind: .bytes)
                case 2...4:
                    let rank = 1 + below(3)
                    var shape = (0..<rank).map { _ in below(2) == 0 ? nil : 1 + below(4) }
                    shape[below(rank)] = nil
                    return Field("c\(index)", dtype, shape)
                default: return Field("c\(index)", dtype, (0..<below(4)).map { _ in below(12) == 0 ? 0 : 1 + below(5) })
                }
            })
    }

    /// Returns a value for a column, with dimensions below `limit`.
    public mutating func value(_ field: Field, limit: Int = 6) -> StoredValue {
        switch field.kind {
        case .string:
            let letters = ["a", "ß", "€", "😀", "\u{0}", "e\u{301}"]
            return StoredValue(bytes: Array((0..<below(limit)).map { _ in letters[below(6)] }.joined().utf8))
        case .bytes: return StoredValue(bytes: bytes(below(limit)))
        case .tensor:
            let dims = field.shape.map { $0 ?? below(limit) }
            let count = dims.reduce(1, *)
            let content: [UInt8]
            if case .classLabels(let names) = field.meaning {
                let rest = [UInt8](repeating: 0, count: field.dtype.size - 1)
                content = (0..<count).flatMap { _ in [UInt8(below(names.count))] + rest }
            } else if field.dtype == .bool {
                content = (0..<count).map { _ in UInt8(below(2)) }
            } else {
                content = bytes(count * field.dtype.size)
            }
            let varying = zip(dims, field.shape).filter { $1 == nil }.map(\.0)
            return StoredValue(bytes: content, dimensions: varying.count > 1 ? varying : [])
        }
    }

    /// Returns `count` rows, as a list for each column.
    public mutating func rows(_ schema: Schema, _ count: Int, limit: Int = 6) -> [[StoredValue]] {
        var result: [[StoredValue]] = []
        for field in schema { result.append((0..<count).map { _ in value(field, limit: limit) }) }
        return result
    }
}
