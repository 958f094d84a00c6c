// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Describes the differences of two schemas, whatever the order of their columns.
enum SchemaDifference {
    /// Returns one sentence for each column that differs.
    static func between(
        _ first: Schema, _ firstName: String, _ second: Schema, _ secondName: String
    ) -> [String] {
        var differences: [String] = []
        for field in first {
            guard let index = second.index(named: field.name) else {
                differences.append("\"\(field.name)\" (\(field.typeDescription)) is only in \(firstName)")
                continue
            }
            let other = second[index]
            if other == field { continue }
            if other.typeDescription != field.typeDescription {
                differences.append(
                    "\"\(field.name)\" is \(field.typeDescription) in \(firstName) and \(other.typeDescription) in "
                        + "\(secondName)")
            } else if case .media(let type) = field.meaning, case .media(let otherType) = other.meaning {
                differences.append(
                    "\"\(field.name)\" has \(type) files in \(firstName) and \(otherType) files in \(secondName)")
            } else if case .classLabels(let names) = field.meaning, case .classLabels(let others) = other.meaning {
                differences.append(
                    "\"\(field.name)\" has the classes \(list(names)) in \(firstName), and \(list(others)) in \(secondName)"
                )
            } else {
                differences.append("\"\(field.name)\" has other labels in \(firstName) than in \(secondName)")
            }
        }
        for field in second where first.index(named: field.name) == nil {
            differences.append("\"\(field.name)\" (\(field.typeDescription)) is only in \(secondName)")
        }
        return differences
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", … (\(names.count))" : "")
    }

    /// Whether a column has class names in both schemas, and others in each, so that its numbers mean other classes.
    static func isOfClasses(_ first: Schema, _ second: Schema) -> Bool {
        first.contains { field in
            guard let index = second.index(named: field.name), case .classLabels(let names)? = field.meaning,
                case .classLabels(let others)? = second[index].meaning
            else { return false }
            return names != others
        }
    }
}
