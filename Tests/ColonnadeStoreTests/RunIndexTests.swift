// SPDX-License-Identifier: Apache-2.0

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
