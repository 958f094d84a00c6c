// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeStoreTestSupport
import Testing

/// Compares the loops that copy interleaved rows to columns with a simple loop.
@Suite struct SpreadKernelTests {
    @Test(arguments: [4, 8], [false, true])
    func `adjacent values of rows are copied to columns, any number at any address`(size: Int, isPortable: Bool) {
        var data = RandomData(seed: UInt64(size))
        for _ in 0..<600 {
            let count = data.below(41)
            let members = 1 + data.below(40)
            let first = data.below(5)
            let source = data.bytes(4000 + members * size)
            let starts = (0..<count).map { _ in data.below(4000) }
            // The columns are in memory whose other bytes must not change.
            let gaps = (0..<members).map { _ in data.below(9) }
            let lead = first * size
            var expected: [UInt8] = []
            var targets: [Int] = []
            for (member, gap) in gaps.enumerated() {
                expected += [UInt8](repeating: 0xEE, count: gap)
                targets.append(expected.count)
                expected += [UInt8](repeating: 0xEE, count: lead)
                for start in starts { expected += source[start + member * size..<start + (member + 1) * size] }
            }
            expected += [UInt8](repeating: 0xEE, count: 8)
            var found = [UInt8](repeating: 0xEE, count: expected.count)
            unsafe source.withUnsafeBytes { source in
                unsafe found.withUnsafeMutableBytes { found in
                    let rows = unsafe starts.map { unsafe source.baseAddress! + $0 }
                    let wanted = unsafe targets.enumerated().map { member, start in
                        unsafe colonnade_member(
                            target: found.baseAddress! + start, step: 0, offset: member * size, elements: 1,
                            conversion: nil,
                            size: size)
                    }
                    if isPortable {
                        unsafe colonnade_spread_portable(rows, count, wanted, members, first)
                    } else {
                        unsafe colonnade_spread(rows, count, wanted, members, first)
                    }
                }
            }
            #expect(found == expected)
        }
    }
}
