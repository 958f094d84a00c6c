// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import Foundation

/// Ingests Fashion-MNIST, trains a small network on four fifths of it, and prints after each epoch the share of the other
/// images that the network classifies correctly.
///
///     TrainFashionMNIST train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz fashion.colonnade 5
@main
struct TrainFashionMNIST {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 4, let epochs = arguments.last.flatMap({ Int($0) }), epochs > 0 else {
            fail("usage: TrainFashionMNIST IMAGES LABELS OUTPUT EPOCHS", 64)
        }
        do {
            let (sources, path) = (Array(arguments.prefix(2)), CommandLine.arguments[3])
            try ingest(sources, to: path)
            try await train(path, epochs)
        } catch {
            fail("\(error)", 1)
        }
    }

    /// Writes the file. It is there for every later run, and for other programs.
    static func ingest(_ sources: [String], to path: String) throws {
        var options = IngestOptions()
        options.columns = ["image", "label"]
        options.writer.replacing = true
        let summary = try Ingestor(paths: sources, options: options).write(to: path)
        print("\(path): \(summary.rowCount) rows")
    }

    static func train(_ path: String, _ epochs: Int) async throws {
        // This shuffle decides which samples are held out, once. The shuffle of the training samples follows the epoch.
        let all = try Buffer(at: path).shuffled(seed: 1)
        let heldOutCount = all.count / 5
        let training = try all.dropFirst(heldOutCount).shuffled(seed: 2)
            .stream().asInputs().batched(by: 16).prefetched()
        let heldOut = try all.prefix(heldOutCount).stream().asInputs().batched(by: 256)

        var network = Network(inputs: 28 * 28, hidden: 32, classes: 10)
        for epoch in 0..<epochs {
            var loss: Float = 0
            var steps = 0
            for try await batch in training.epoch(epoch) {
                loss += try network.learn(batch["image"], batch["label"], rate: 0.1)
                steps += 1
            }
            let accuracy = try await network.accuracy(on: heldOut)
            print("epoch \(epoch): loss \(loss / Float(steps)), accuracy \(accuracy)")
        }
    }

    static func fail(_ message: String, _ code: Int32) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(code)
    }
}

extension Colonnade.Stream {
    /// Converts images to numbers from 0 to 1. Colonnade does this while it copies rows into a batch.
    func asInputs() throws -> Self { try cast("image", to: .float32).scaled("image", by: 1 / 255) }
}

extension Network {
    /// The share of the samples that the network classifies correctly.
    func accuracy(on samples: Colonnade.Stream) async throws -> Float {
        var correct = 0
        var count = 0
        for try await batch in samples {
            let labels = try batch["label"].elements(as: UInt8.self)
            correct += zip(try classes(of: batch["image"]), labels).count { $0 == Int($1) }
            count += labels.count
        }
        return Float(correct) / Float(count)
    }
}
