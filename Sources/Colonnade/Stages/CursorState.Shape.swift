// SPDX-License-Identifier: Apache-2.0

extension CursorState {
    /// The layout of a cursor state: the number of its numbers, the number of its upstreams, and their layouts.
    struct Shape: Hashable {
        /// The maximum number of states and numbers in one position. No pipeline has more.
        static let largestSize = 1 << 17
        /// The maximum depth of nested states: two for each stage, one of the stage and one of the plan that it takes
        /// samples from.
        private static let deepest = max(2 * StreamPlan.deepest + 2, 100)

        let numbers: Int
        /// The layouts of the upstreams; a single one if all are equal.
        private let upstreams: [Shape]
        let count: Int

        init(_ state: CursorState) {
            numbers = state.numbers.count
            count = state.upstreams.count
            let all = state.upstreams.map { Shape($0) }
            upstreams = Set(all).count == 1 ? [all[0]] : all
        }

        func write(_ digits: inout DigitWriter) {
            digits.write(numbers)
            digits.write(count << 1 | (upstreams.count < count ? 1 : 0))
            for upstream in upstreams { upstream.write(&digits) }
        }

        /// - Parameter capacity: the number of states and numbers that may still follow.
        init?(_ digits: inout DigitReader, _ capacity: inout Int, depth: Int) {
            guard depth < Shape.deepest, let numbers = digits.next(), let word = digits.next(),
                numbers <= capacity, word >> 1 <= capacity
            else { return nil }
            self.numbers = numbers
            count = word >> 1
            capacity -= numbers + 1
            var upstreams: [Shape] = []
            let shared = word & 1 == 1
            for _ in 0..<(shared ? min(count, 1) : count) {
                let before = capacity
                guard let shape = Shape(&digits, &capacity, depth: depth + 1) else { return nil }
                let (taken, overflow) = (before - capacity).multipliedReportingOverflow(by: shared ? count : 1)
                guard !overflow, taken <= before else { return nil }
                capacity = before - taken
                upstreams.append(shape)
            }
            self.upstreams = upstreams
        }

        private func upstream(_ index: Int) -> Shape { upstreams[upstreams.count < count ? 0 : index] }

        /// Writes the numbers of states that all have this shape.
        func writeNumbers(of states: [CursorState], _ digits: inout DigitWriter) {
            for index in 0..<numbers { digits.write(column: states.map { $0.numbers[index] }) }
            if upstreams.count == 1 {
                upstreams[0].writeNumbers(of: states.flatMap(\.upstreams), &digits)
            } else {
                for index in 0..<count {
                    upstreams[index].writeNumbers(of: states.map { $0.upstreams[index] }, &digits)
                }
            }
        }

        func readStates(_ stateCount: Int, _ digits: inout DigitReader) -> [CursorState]? {
            var states = [CursorState](repeating: CursorState(numbers: []), count: stateCount)
            for _ in 0..<numbers {
                guard let column = digits.next(column: stateCount) else { return nil }
                for (index, number) in column.enumerated() { states[index].numbers.append(number) }
            }
            if upstreams.count == 1 {
                guard let all = upstreams[0].readStates(stateCount * count, &digits) else { return nil }
                for index in states.indices {
                    states[index].upstreams = Array(all[index * count..<(index + 1) * count])
                }
            } else {
                for upstream in upstreams {
                    guard let all = upstream.readStates(stateCount, &digits) else { return nil }
                    for (index, state) in all.enumerated() { states[index].upstreams.append(state) }
                }
            }
            return states
        }
    }
}
