// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Measures the time to resume in the middle of an epoch of 10⁹ rows, and in a windowed shuffle, until the first batch.
struct ResumeScenario: Scenario {
    let name = "resume"
    private let rows = 1_000_000_000
    private let window = 10_000

    func measure() -> [Figure] {
        do throws(ColonnadeError) { return try figures() } catch { preconditionFailure("\(error)") }
    }

    private func figures() throws(ColonnadeError) -> [Figure] {
        // Zeros that occupy no memory until they are read.
        let storage = TensorStorage(byteCount: rows)
        let buffer = try Buffer(columns: ["x": Tensor(dtype: .uint8, shape: [rows], storage: storage)])
        let stream = try buffer.shuffled(seed: 42).batched(by: 256).stream().epoch(3)
        var figures: [Figure] = []
        for part in [0, rows / 3, rows - 1000] {
            let position = try stream.position(afterSamples: part / 256 * 256)
            let time = medianNanoseconds(runs: 9, operations: 1) { pull(from: stream, at: position) }
            figures.append(Figure(name: "at row \(part) of \(rows)", value: time / 1e6, unit: "ms"))
        }
        let shuffled = try buffer.stream().shuffled(window: window, seed: 1).batched(by: 256)
        var pass = shuffled.makeIterator()
        for _ in 0..<2000 { _ = try pass.next() }
        let position = pass.position
        let time = medianNanoseconds(runs: 9, operations: 1) { pull(from: shuffled, at: position) }
        figures.append(Figure(name: "shuffled in a window of \(window)", value: time / 1e6, unit: "ms"))
        return figures
    }

    private func pull(from stream: Stream, at position: Position) {
        do throws(ColonnadeError) {
            var pass = try stream.resumed(at: position).makeIterator()
            guard try pass.next() != nil else { preconditionFailure("the pass ended too early") }
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
