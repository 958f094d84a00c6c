// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Colonnade

/// Runs scenarios, and reports their figures.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measures parts of the library that no command shows alone.")

    private static let scenarios: [any Scenario] = [
        OrderScenario(), BlockOrderScenario(), ResumeScenario(), WrittenOrderScenario(),
    ]

    @Argument(help: "Scenarios; all of them if none is named.")
    var names: [String] = []

    @Flag(help: "Print JSON: {scenario: {figure: {value, unit}}}.")
    var json = false

    func validate() throws {
        for name in names where !Self.scenarios.contains(where: { $0.name == name }) {
            throw ValidationError(
                "there is no scenario \(name): there are \(Self.scenarios.map(\.name).joined(separator: ", "))")
        }
    }

    func run() {
        let chosen = Self.scenarios.filter { names.isEmpty || names.contains($0.name) }
        let reports = chosen.map { ($0.name, $0.measure()) }
        if json {
            let objects = reports.map { name, figures in
                let values = figures.map { "\"\($0.name)\":{\"value\":\($0.value),\"unit\":\"\($0.unit)\"}" }
                return "\"\(name)\":{\(values.joined(separator: ","))}"
            }
            print("{\(objects.joined(separator: ","))}")
            return
        }
        print("kernels: \(Kernels.name)")
        for (name, figures) in reports {
            print(name)
            for figure in figures { print("  \(figure.name): \((figure.value * 100).rounded() / 100) \(figure.unit)") }
        }
    }
}
