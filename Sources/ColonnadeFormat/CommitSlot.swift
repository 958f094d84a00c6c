// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The 32 bytes that say which end of the file is in force. Writing a slot commits an append.
package struct CommitSlot: Sendable, Hashable {
    package var sequence: UInt64
    /// The offset of the end of the commit's trailer.
    package var end: Int

    package init(sequence: UInt64, end: Int) {
        self.sequence = sequence
        self.end = end
    }

    /// The state of a slot in a file.
    package enum State: Sendable, Hashable {
        case empty
        case valid(CommitSlot)
        /// The slot was left incomplete by an interrupted append, or is damaged.
        case damaged
    }

    /// Returns the offset of the slot for a sequence number.
    package static func offset(sequence: UInt64) -> Int {
        ForeverConstants.headerSize + (sequence % 2 == 1 ? 0 : ForeverConstants.commitSlotSize)
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.integer(sequence)
        writer.count(end)
        writer.zeros(12)
        writer.checksum()
        return writer.bytes
    }

    /// Returns the states of both slots of a prologue.
    package static func states(prologue: [UInt8]) -> [State] {
        (0..<2).map { index in
            let start = ForeverConstants.headerSize + index * ForeverConstants.commitSlotSize
            return state(Array(prologue[start..<start + ForeverConstants.commitSlotSize]), index: index)
        }
    }

    private static func state(_ bytes: [UInt8], index: Int) -> State {
        if bytes.allSatisfy({ $0 == 0 }) { return .empty }
        var reader = ByteReader(bytes, at: 0)
        guard let sequence = try? reader.integer(UInt64.self, "sequence"),
            let end = try? reader.integer(UInt64.self, "end"),
            (try? reader.zeros(12, rule: 32)) != nil,
            let sum = try? reader.integer(UInt32.self, "checksum"),
            sum == Checksum.of(bytes[..<28]), sequence > 0, sequence % 2 == (index == 0 ? 1 : 0)
        else { return .damaged }
        // The slot is valid with any end. Rule R6 refuses an end beyond the file.
        return .valid(CommitSlot(sequence: sequence, end: Int(clamping: end)))
    }

    /// Returns the commit in force (rules R5 and R6).
    package static func inForce(_ states: [State], byteCount: Int) throws(ColonnadeError) -> CommitSlot {
        var newest: CommitSlot?
        for case .valid(let slot) in states where slot.sequence > newest?.sequence ?? 0 { newest = slot }
        guard let newest else { throw .broken(5, "no commit slot is valid", at: ForeverConstants.headerSize) }
        guard newest.end <= byteCount else {
            throw .broken(6, "it should have \(newest.end) bytes and has \(byteCount): it was cut off", at: byteCount)
        }
        guard newest.end >= ForeverConstants.prologueSize + ForeverConstants.trailerSize else {
            throw .broken(
                6, "it is said to end at \(newest.end), within its header", at: offset(sequence: newest.sequence))
        }
        return newest
    }
}
