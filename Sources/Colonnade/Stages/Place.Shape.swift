// SPDX-License-Identifier: Apache-2.0

extension Place {
    /// The layout of a place: how many numbers and upstreams it has, and the layouts of its upstreams.
    struct Shape: Hashable {
        /// Places and numbers of one position: no pipeline has as many.
        static let most = 1 << 17
        /// A place for each stage and one for what it draws from.
        private static let deepest = max(2 * StreamPlan.deepest + 2, 100)

        let numbers: Int
        /// One where all are alike.
        private let upstreams: [Shape]
        let count: Int

        init(_ place: Place) {
            numbers = place.numbers.count
            count = place.upstreams.count
            let all = place.upstreams.map { Shape($0) }
            upstreams = Set(all).count == 1 ? [all[0]] : all
        }

        func write(_ digits: inout DigitWriter) {
            digits.write(numbers)
            digits.write(count << 1 | (upstreams.count < count ? 1 : 0))
            for upstream in upstreams { upstream.write(&digits) }
        }

        /// - Parameter room: places and numbers that there may be still.
        init?(_ digits: inout DigitReader, _ room: inout Int, depth: Int) {
            guard depth < Shape.deepest, let numbers = digits.next(), let word = digits.next(),
                numbers <= room, word >> 1 <= room
            else { return nil }
            self.numbers = numbers
            count = word >> 1
            room -= numbers + 1
            var upstreams: [Shape] = []
            let shared = word & 1 == 1
            for _ in 0..<(shared ? min(count, 1) : count) {
                let before = room
                guard let shape = Shape(&digits, &room, depth: depth + 1) else { return nil }
                let (taken, overflow) = (before - room).multipliedReportingOverflow(by: shared ? count : 1)
                guard !overflow, taken <= before else { return nil }
                room = before - taken
                upstreams.append(shape)
            }
            self.upstreams = upstreams
        }

        private func upstream(_ index: Int) -> Shape { upstreams[upstreams.count < count ? 0 : index] }

        /// Numbers of places that all have this shape.
        func writeNumbers(of places: [Place], _ digits: inout DigitWriter) {
            for index in 0..<numbers { digits.write(column: places.map { $0.numbers[index] }) }
            if upstreams.count == 1 {
                upstreams[0].writeNumbers(of: places.flatMap(\.upstreams), &digits)
            } else {
                for index in 0..<count {
                    upstreams[index].writeNumbers(of: places.map { $0.upstreams[index] }, &digits)
                }
            }
        }

        func readPlaces(_ wanted: Int, _ digits: inout DigitReader) -> [Place]? {
            var places = [Place](repeating: Place(numbers: []), count: wanted)
            for _ in 0..<numbers {
                guard let column = digits.next(column: wanted) else { return nil }
                for (index, number) in column.enumerated() { places[index].numbers.append(number) }
            }
            if upstreams.count == 1 {
                guard let all = upstreams[0].readPlaces(wanted * count, &digits) else { return nil }
                for index in places.indices {
                    places[index].upstreams = Array(all[index * count..<(index + 1) * count])
                }
            } else {
                for upstream in upstreams {
                    guard let all = upstream.readPlaces(wanted, &digits) else { return nil }
                    for (index, place) in all.enumerated() { places[index].upstreams.append(place) }
                }
            }
            return places
        }
    }
}
