// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The form of a position as one line of ASCII, for use without JSON: `p2.4f2a.77.2a.3.1536.AQA`. The number after `p`
/// is the version. Data set, pipeline and seed are hexadecimal; epoch and samples are decimal. The steps follow after
/// `~`, if there are any. The last part is the cursor state, as in JSON.
extension Position: LosslessStringConvertible {
    public var description: String {
        let seed = seed.map { String($0, radix: 16) } ?? "-"
        let steps = steps.map { "~\($0)." } ?? ""
        return
            "p\(version).\(String(dataset, radix: 16)).\(String(pipeline, radix: 16)).\(seed).\(epoch).\(samples).\(steps)\(cursorState.coded)"
    }

    /// Parses the text of a position. Returns nil for any other text. `resumed(at:)` checks whether the position fits a
    /// pipeline.
    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        let versions = (1...Position.currentVersion).map { "p\($0)" }
        // Steps that are too long are left out.
        guard 7...8 ~= parts.count, let version = versions.firstIndex(of: String(parts[0])),
            let dataset = UInt64(parts[1], radix: 16), let pipeline = UInt64(parts[2], radix: 16),
            parts[3] == "-" || UInt64(parts[3], radix: 16) != nil, let epoch = Int(parts[4]),
            let samples = Int(parts[5])
        else { return nil }
        guard parts.count == 7 || parts[6].first == "~" else { return nil }
        let steps = parts.count == 8 ? String(parts[6].dropFirst()) : nil
        guard let cursorState = CursorState(coded: String(parts[parts.count - 1])),
            steps.map({ PassSteps($0) != nil }) ?? true
        else { return nil }
        self.init(
            version: version + 1, dataset: dataset, pipeline: pipeline, seed: UInt64(parts[3], radix: 16), epoch: epoch,
            samples: samples, steps: steps, cursorState: cursorState)
    }
}
