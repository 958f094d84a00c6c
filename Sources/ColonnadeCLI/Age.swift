// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// An age on the command line: `90`, `12h`, `7d`.
struct Age: ExpressibleByArgument {
    let seconds: Double

    init(seconds: Double) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? argument[...] : argument.dropLast()), number.isFinite, number >= 0
        else {
            return nil
        }
        seconds = number * (unit ?? 1)
    }

    var defaultValueDescription: String { "7d" }
}
