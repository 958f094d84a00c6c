// SPDX-License-Identifier: Apache-2.0

import Colonnade

/// Measures an epoch with per-sample steps before `batched`, as in tutorials, alternating with an epoch with the steps
/// after it.
struct WrittenOrderScenario: Scenario {
    let name = "written-order"

    func measure() -> [Figure] {
        do throws(ColonnadeError) { return try figures() } catch { preconditionFailure("\(error)") }
    }

    private func figures() throws(ColonnadeError) -> [Figure] {
        let images = Tensor([UInt8](repeating: 7, count: 60_000 * 784), shape: [60_000, 28, 28])
        let buffer = try Buffer(columns: ["image": images]).shuffled(seed: 1)
        let before = try buffer.cast("image", to: .float32).scaled("image", by: 1 / 255).batched(by: 32).stream()
        let after = try buffer.batched(by: 32).cast("image", to: .float32).scaled("image", by: 1 / 255).stream()
        var ratios: [Double] = []
        for _ in 0..<15 {
            ratios.append(try nanoseconds(ofPass: before) / nanoseconds(ofPass: after))
        }
        ratios.sort()
        return [
            Figure(name: "steps first, of batches first (median)", value: ratios[ratios.count / 2], unit: "×"),
            Figure(name: "least", value: ratios[0], unit: "×"),
            Figure(name: "most", value: ratios[ratios.count - 1], unit: "×"),
        ]
    }
}
