// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

/// Copies shapes to C arrays and from them.
enum Shape {
    /// Stores the sizes of a shape, up to the length of the array.
    static func put<Numbers>(_ shape: [Int], in numbers: inout Numbers) {
        unsafe withUnsafeMutableBytes(of: &numbers) { bytes in
            let places = unsafe bytes.bindMemory(to: Int64.self)
            for (index, size) in shape.prefix(places.count).enumerated() { unsafe places[index] = Int64(size) }
        }
    }

    /// Reads a shape. Throws `invalidArgument` for a rank that is not valid.
    static func read(
        _ shape: UnsafePointer<Int64>?, _ rank: Int32
    ) throws(ColonnadeError) -> [Int] {
        guard 0...Int32(COLONNADE_MAX_RANK) ~= rank, unsafe rank == 0 || shape != nil else {
            throw ColonnadeError(.invalidArgument, "values have 0 to \(COLONNADE_MAX_RANK) dimensions, not \(rank)")
        }
        return (0..<Int(rank)).map { unsafe Int(shape![$0]) }
    }
}
