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

    /// Returns the number of dimensions of values. Throws `invalidArgument` if C has no place for so many.
    static func rank(_ shape: [Int]) throws(ColonnadeError) -> Int32 {
        guard shape.count <= Int(COLONNADE_MAX_RANK) else {
            throw ColonnadeError(
                .invalidArgument,
                "values of \(shape.count) dimensions cannot be passed on, and \(COLONNADE_MAX_RANK) is the limit, with the one of "
                    + "a batch or column: reshape them, or read sample by sample")
        }
        return Int32(shape.count)
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
