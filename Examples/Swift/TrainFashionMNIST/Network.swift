// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Foundation

/// A network with one hidden layer, trained by stochastic gradient descent. Written by hand to show what a framework receives:
/// tensors whose memory `withSpan` lends without a copy.
struct Network {
    let inputs: Int
    let hidden: Int
    let classes: Int
    /// The weights of all hidden units for one input lie together; so do those of all classes for one hidden unit.
    private var hiddenWeights: [Float]
    private var hiddenBiases: [Float]
    private var classWeights: [Float]
    private var classBiases: [Float]

    init(inputs: Int, hidden: Int, classes: Int) {
        (self.inputs, self.hidden, self.classes) = (inputs, hidden, classes)
        var random = XorShift(state: 0x9E37_79B9_7F4A_7C15)
        func weights(from sources: Int, to targets: Int) -> [Float] {
            let limit = (6 / Float(sources)).squareRoot()
            return (0..<sources * targets).map { _ in Float.random(in: -limit...limit, using: &random) }
        }
        hiddenWeights = weights(from: inputs, to: hidden)
        classWeights = weights(from: hidden, to: classes)
        hiddenBiases = [Float](repeating: 0, count: hidden)
        classBiases = [Float](repeating: 0, count: classes)
    }

    /// Takes one step of gradient descent for a batch of images, float32, and labels, uint8. Returns the mean loss.
    mutating func learn(_ images: Tensor, _ labels: Tensor, rate: Float) throws -> Float {
        let labels = try labels.elements(as: UInt8.self)
        return try images.withSpan(as: Float.self) { pixels in
            // All samples of a batch see the weights from before the step.
            let activations = labels.indices.map { activate(pixels, row: $0) }
            var loss: Float = 0
            for (row, label) in labels.enumerated() {
                var errors = activations[row].probabilities
                loss -= log(max(errors[Int(label)], 1e-7))
                errors[Int(label)] -= 1
                descend(pixels, row: row, activations[row].hidden, errors, rate / Float(labels.count))
            }
            return loss / Float(labels.count)
        }
    }

    /// Returns the most probable class of each image.
    func classes(of images: Tensor) throws -> [Int] {
        try images.withSpan(as: Float.self) { pixels in
            (0..<images.shape[0]).map { row in
                let probabilities = activate(pixels, row: row).probabilities
                return probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
            }
        }
    }

    /// Returns the values of the hidden units, and the probabilities of the classes, for one image of a batch.
    private func activate(_ pixels: Span<Float>, row: Int) -> (hidden: [Float], probabilities: [Float]) {
        var values = hiddenBiases
        for input in 0..<inputs where pixels[row * inputs + input] != 0 {
            let pixel = pixels[row * inputs + input]
            for unit in 0..<hidden { values[unit] += pixel * hiddenWeights[input * hidden + unit] }
        }
        for unit in 0..<hidden { values[unit] = max(0, values[unit]) }
        var scores = classBiases
        for unit in 0..<hidden where values[unit] != 0 {
            for index in 0..<classes { scores[index] += values[unit] * classWeights[unit * classes + index] }
        }
        let highest = scores.max() ?? 0
        let powers = scores.map { exp($0 - highest) }
        let sum = powers.reduce(0, +)
        return (values, powers.map { $0 / sum })
    }

    /// Moves the weights along the gradient of one image.
    private mutating func descend(
        _ pixels: Span<Float>, row: Int, _ values: [Float], _ errors: [Float], _ rate: Float
    ) {
        var hiddenErrors = [Float](repeating: 0, count: hidden)
        for unit in 0..<hidden where values[unit] > 0 {
            for index in 0..<classes {
                hiddenErrors[unit] += errors[index] * classWeights[unit * classes + index]
                classWeights[unit * classes + index] -= rate * errors[index] * values[unit]
            }
        }
        for index in 0..<classes { classBiases[index] -= rate * errors[index] }
        for unit in 0..<hidden { hiddenBiases[unit] -= rate * hiddenErrors[unit] }
        for input in 0..<inputs where pixels[row * inputs + input] != 0 {
            let step = rate * pixels[row * inputs + input]
            for unit in 0..<hidden { hiddenWeights[input * hidden + unit] -= step * hiddenErrors[unit] }
        }
    }
}

/// Random numbers that are the same in each run.
private struct XorShift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
