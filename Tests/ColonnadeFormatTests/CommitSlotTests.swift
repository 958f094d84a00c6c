// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import Testing

@Suite struct CommitSlotTests {
    private func prologue(_ slots: [Int: [UInt8]]) -> [UInt8] {
        var bytes = FileHeader.encoded() + [UInt8](repeating: 0, count: 64)
        for (index, slot) in slots { bytes.replaceSubrange(64 + 32 * index..<96 + 32 * index, with: slot) }
        return bytes
    }

    @Test func `slots are empty, valid or damaged`() {
        let slot = CommitSlot(sequence: 1, end: 500)
        let good = slot.encoded()
        #expect(CommitSlot.states(prologue: prologue([:])) == [.empty, .empty])
        #expect(CommitSlot.states(prologue: prologue([0: good])) == [.valid(slot), .empty])
        // Odd sequences belong in slot A.
        #expect(CommitSlot.states(prologue: prologue([1: good])) == [.empty, .damaged])
        for byte in 0..<32 {
            for bit in 0..<8 {
                var damaged = good
                damaged[byte] ^= 1 << bit
                #expect(CommitSlot.states(prologue: prologue([0: damaged])) == [.damaged, .empty])
            }
        }
    }

    @Test func `the newest valid slot is in force, and only it`() throws {
        let (old, new) = (CommitSlot(sequence: 3, end: 400), CommitSlot(sequence: 4, end: 900))
        #expect([old, new].map { CommitSlot.offset(sequence: $0.sequence) } == [64, 96])
        let states: [CommitSlot.State] = [.valid(old), .valid(new)]
        #expect(try CommitSlot.inForce(states, byteCount: 900) == new)
        #expect(try CommitSlot.inForce([.valid(old), .damaged], byteCount: 900) == old)
        for (states, byteCount, rule) in [
            (states, 899, 6), ([.empty, .damaged], 900, 5),
            ([.valid(CommitSlot(sequence: 1, end: 159)), .empty], 900, 6),
            ([.valid(CommitSlot(sequence: 1, end: Int.max)), .empty], 900, 6),
        ] {
            let error = #expect(throws: ColonnadeError.self) {
                try CommitSlot.inForce(states, byteCount: byteCount)
            }
            #expect(error?.rule == rule)
        }
    }
}
