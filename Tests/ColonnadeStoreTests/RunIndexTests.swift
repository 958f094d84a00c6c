// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeStoreTestSupport
import Testing

@testable import ColonnadeStore

/// Tests the lookup of the run of each row.
@Suite struct RunIndexTests {
    @Test func `every row is found in its run, for runs of any size`() {
        var data = RandomData(seed: 5)
        for count in [1, 2, 3, 7, 200, 1_000] {
            for most in [1, 2, 50] {
                var runs: [RowRun] = []
                var expected: [Int] = []
                for run in 0..<count {
                    // Runs without rows, which data sets without rows have, are skipped.
                    let rows = run == count - 1 ? 1 : data.below(most + 1)
                    runs.append(RowRun(rows: expected.count..<expected.count + rows, exponent: 3, firstSegment: run))
                    expected += Array(repeating: run, count: rows)
                }
                let index = RunIndex(runs)
                #expect(expected.indices.map(index.index) == expected)
            }
        }
    }

    @Test(arguments: [[5, 1, 1, 60], [3, 3, 3, 3, 3, 3, 3], [1, 1000], [7, 1, 1, 1, 90, 2, 2]])
    func `tables of runs of one segment follow their definition`(sizes: [Int]) {
        var runs: [RowRun] = []
        for size in sizes {
            let start = runs.last?.rows.upperBound ?? 0
            runs.append(RowRun(rows: start..<start + size, exponent: 10, firstSegment: runs.count))
        }
        let tables = RunIndex(runs)
        let kernel = unsafe tables.kernelRuns
        let (shift, last) = unsafe (kernel.shift, (runs.last?.rows.upperBound ?? 1) - 1)
        for bucket in 0...last >> shift {
            let rows = bucket << shift..<(bucket + 1) << shift
            let run = runs.lastIndex { $0.rows.lowerBound <= rows.lowerBound } ?? 0
            let beginnings = runs[(run + 1)...].map(\.rows.lowerBound).filter(rows.contains)
            let before =
                beginnings.count > 1 ? Int(UInt32.max) : (beginnings.first ?? rows.upperBound) - rows.lowerBound
            #expect(unsafe kernel.bounds?[bucket] == UInt64(before) << 32 | UInt64(run))
        }
        for (index, run) in runs.enumerated() {
            #expect(unsafe kernel.first_rows?[index] == Int64(run.rows.lowerBound))
        }
        withExtendedLifetime(tables) {}
        // Other runs have no such tables.
        let other = RunIndex([RowRun(rows: 0..<9, exponent: 2, firstSegment: 0), runs[1]])
        #expect(unsafe other.kernelRuns.bounds == nil && RunIndex([runs[0]]).kernelRuns.first_rows == nil)
    }

    @Test func `small runs beside a huge one are found`() {
        let huge = 1 << 60
        let sizes = [3, huge, 1, 1, 5]
        var runs: [RowRun] = []
        for size in sizes {
            let start = runs.last?.rows.upperBound ?? 0
            runs.append(RowRun(rows: start..<start + size, exponent: 20, firstSegment: runs.count))
        }
        let index = RunIndex(runs)
        for (run, rows) in runs.map(\.rows).enumerated() {
            #expect(index.index(ofRow: rows.lowerBound) == run)
            #expect(index.index(ofRow: rows.upperBound - 1) == run)
        }
    }
}
