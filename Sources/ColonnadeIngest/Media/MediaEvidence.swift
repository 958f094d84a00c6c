// SPDX-License-Identifier: Apache-2.0

/// The facts about encoded files that determine their column.
struct MediaEvidence: Sendable {
    /// The media type of all files: `image/png`, or `image/*` if they differ.
    private(set) var type: String
    /// The number of bytes of the value: of the file, or of its pixels.
    let byteCount: Int
    /// The shape of the pixels, where they are stored. A size that differs is nil.
    private(set) var shape: [Int?]

    init(_ type: String, byteCount: Int, shape: [Int] = []) {
        self.type = type
        self.byteCount = byteCount
        self.shape = shape
    }

    /// Adds the facts about another file. Returns false, and adds nothing, if one is a picture and the other sound.
    mutating func join(_ other: MediaEvidence) -> Bool {
        guard let joined = MediaType.joined(type, other.type) else { return false }
        type = joined
        shape = zip(shape, other.shape).map { $0 == $1 ? $0 : nil }
        return true
    }
}
