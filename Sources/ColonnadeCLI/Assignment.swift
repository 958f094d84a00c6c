// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeFormat
import ColonnadeIngest

/// `name=value` on the command line.
struct Assignment<Value: AssignedValue>: ExpressibleByArgument {
    let name: String
    let value: Value

    init?(argument: String) {
        // Where values have no equals sign, a name may: the last one counts.
        let sign = Value.mayContainEqualsSign ? argument.firstIndex(of: "=") : argument.lastIndex(of: "=")
        guard let sign, sign > argument.startIndex,
            let value = Value(assigned: argument[argument.index(after: sign)...])
        else { return nil }
        name = String(argument[..<sign])
        self.value = value
    }
}

protocol AssignedValue {
    static var mayContainEqualsSign: Bool { get }
    init?(assigned text: Substring)
}

extension AssignedValue {
    static var mayContainEqualsSign: Bool { false }
}

extension String: AssignedValue {
    static var mayContainEqualsSign: Bool { true }
    init?(assigned text: Substring) { self = String(text) }
}

extension DType: AssignedValue {
    init?(assigned text: Substring) { self.init(name: String(text)) }
}

extension CodecID: AssignedValue {
    init?(assigned text: Substring) { self.init(name: String(text)) }
}

/// A number, or a fraction such as 1/255.
struct Factor: AssignedValue {
    let value: Double

    init?(assigned text: Substring) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let number = Double(parts[0]) else { return nil }
        var value = number
        if parts.count == 2 {
            guard let divisor = Double(parts[1]), divisor != 0 else { return nil }
            value = number / divisor
        }
        guard value.isFinite else { return nil }
        self.value = value
    }
}

/// Columns from one to another: `p0:p783`.
struct ColumnRange: AssignedValue {
    let first: String
    let last: String

    init?(assigned text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        first = String(parts[0])
        last = String(parts[1])
    }
}

extension Sequence {
    /// By name; throws `invalidArgument` for one that is given twice.
    func unique<Value>(_ option: String) throws -> [String: Value] where Element == Assignment<Value> {
        var result: [String: Value] = [:]
        for assignment in self where result.updateValue(assignment.value, forKey: assignment.name) != nil {
            throw ColonnadeError(
                .invalidArgument, "\(option) is given twice for \"\(assignment.name)\": leave one out")
        }
        return result
    }
}

/// Names of columns with commas between them; `\,` is a comma in a name.
struct ColumnList: ExpressibleByArgument {
    let names: [String]

    init(names: [String]) { self.names = names }

    init?(argument: String) {
        var names = [""]
        var isEscaped = false
        for character in argument {
            switch character {
            case "\\" where !isEscaped:
                isEscaped = true
                continue
            case "," where !isEscaped: names.append("")
            case ",", "\\": names[names.count - 1].append(character)
            default: names[names.count - 1] += isEscaped ? "\\\(character)" : String(character)
            }
            isEscaped = false
        }
        if isEscaped { names[names.count - 1].append("\\") }
        guard !names.contains("") else { return nil }
        self.names = names
    }
}

extension ColumnList: CustomStringConvertible {
    var description: String {
        let escaped = names.map { name in
            String(name.flatMap { $0 == "," || $0 == "\\" ? ["\\", $0] : [$0] })
        }
        return escaped.joined(separator: ",")
    }
}

extension [ColumnList] {
    var names: [String] { flatMap(\.names) }
}
