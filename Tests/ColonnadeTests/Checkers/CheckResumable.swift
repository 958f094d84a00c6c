// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Foundation
import Testing

/// Checks that a pass that resumes from any position gives the remaining items of the pass that returned the position.
/// It checks passes with and without prefetching, positions that are taken while items are ready, positions of resumed
/// passes, positions at the end, and another epoch.
///
/// - Parameter repeatingErrors: whether an error before a sample that a stage keeps may occur again.
func checkResumable(
    _ stream: Colonnade.Stream, most: Int = 40, repeatingErrors: Bool = false,
    at location: SourceLocation = #_sourceLocation
) throws {
    for epoch in [0, 3] {
        let stream = stream.epoch(epoch)
        let (expected, positions) = walk(stream, most)
        let ahead = walk(try stream.prefetched(depth: 5, threads: 2), most)
        expectSame(ahead.outcomes, expected, "epoch \(epoch), prefetched", location)
        let isWhole = expected.count < most
        func check(_ position: Position, _ prefetched: Bool, _ index: Int, _ what: String) throws -> [Position] {
            let decoded = try saved(position, location)
            #expect(decoded.epoch == epoch, sourceLocation: location)
            var resumed = try stream.epoch(0).resumed(at: decoded)
            if prefetched { resumed = try resumed.prefetched(depth: 4, threads: 3) }
            let rest = Array(expected[index...])
            var found = walk(resumed, rest.count + (isWhole ? 1 : 0))
            if repeatingErrors { found = walk(resumed, most * 2) }
            expectSame(
                repeatingErrors ? withoutErrors(found.outcomes) : found.outcomes,
                repeatingErrors ? withoutErrors(rest) : rest, "epoch \(epoch), \(what) from item \(index) on", location)
            return found.positions
        }
        for index in positions.indices {
            let later = try check(positions[index], false, index, "resumed")
            _ = try check(ahead.positions[index], true, index, "prefetched and resumed")
            guard later.count > 1, index % 3 == 1, !repeatingErrors else { continue }
            _ = try check(later[1], true, index + 1, "resumed twice")
        }
        // Another epoch begins with its first sample.
        let middle = try stream.resumed(at: positions[positions.count / 2])
        expectSame(
            outcomes(of: middle.epoch(epoch + 1), most: most), outcomes(of: stream.epoch(epoch + 1), most: most),
            "the next epoch", location)
    }
}

private func withoutErrors(_ outcomes: [Outcome]) -> [Outcome] {
    outcomes.filter { if case .failure = $0 { false } else { true } }
}

/// Returns the position after a round trip through text.
func saved(_ position: Position, _ location: SourceLocation = #_sourceLocation) throws -> Position {
    let json = try JSONEncoder().encode(position)
    #expect(json.count < 1024, "a position of \(json.count) bytes", sourceLocation: location)
    let text = position.description
    #expect(text.utf8.count < 1024 && text.allSatisfy { $0.isASCII }, "\(text)", sourceLocation: location)
    #expect(Position(text) == position, "\(text)", sourceLocation: location)
    return try JSONDecoder().decode(Position.self, from: json)
}
