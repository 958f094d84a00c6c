// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore

/// Column names that are separated by commas. `\,` is a comma in a name.
struct ColumnList: ExpressibleByArgument {
    let names: [String]

    init(names: [String]) { self.names = names }

    init?(argument: String) {
        guard !argument.holdsEscapedBytes else { return nil }
        var names = [String.UnicodeScalarView()]
        var isEscaped = false
        for character in argument.unicodeScalars {
            switch character {
            case "\\" where !isEscaped:
                isEscaped = true
                continue
            case "," where !isEscaped: names.append(String.UnicodeScalarView())
            case ",", "\\": names[names.count - 1].append(character)
            default:
                if isEscaped { names[names.count - 1].append("\\") }
                names[names.count - 1].append(character)
            }
            isEscaped = false
        }
        if isEscaped { names[names.count - 1].append("\\") }
        guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.names = names.map { String($0) }
    }
}

extension ColumnList: CustomStringConvertible {
    var description: String {
        let escaped = names.map { name in
            String(
                String.UnicodeScalarView(name.unicodeScalars.flatMap { $0 == "," || $0 == "\\" ? ["\\", $0] : [$0] }))
        }
        return escaped.joined(separator: ",")
    }
}

extension [ColumnList] {
    var names: [String] { flatMap(\.names) }
}
