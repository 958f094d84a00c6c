// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeFormat
import ColonnadeIngest
import ColonnadeStore

struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Shows the range, mean and deviation of each column, and how often each class occurs.",
        discussion: """
            The numbers were noted while the file was written, so they cost nothing; classes are counted, which reads the \
            columns that may have them: those with one integer a row, and at most 256 different ones.

              colonnade stats fashion.colonnade
              colonnade stats fashion.colonnade --columns label --json
            """)

    @Argument(help: "A Colonnade file, or the folder of a data set of many files.", completion: .file())
    var file: String

    @OptionGroup
    var version: VersionChoice

    @Option(help: ArgumentHelp("Only these columns, in this order.", valueName: "a,b,…"))
    var columns: [ColumnList] = []

    @Flag(help: "Prints the report as JSON.")
    var json = false

    func run() throws {
        let dataset = try version.open(file)
        let selection = try ColumnSelection(columns.names, of: dataset.schema)
        var counts: [Int: [(value: Int, count: Int)]] = [:]
        for index in selection.indices {
            counts[index] = try dataset.valueCounts(ofColumn: index, limit: 256)
        }
        if json {
            try Console.report { (json) throws(ColonnadeError) in
                json.stats(of: dataset, selection, counts)
            }
        } else {
            try Console.report(lines: lines(dataset, selection, counts))
        }
    }

    /// The maximum number of values that are listed for a column without class names. A column with more values has no
    /// classes.
    private var valuesShown: Int { 32 }

    private func lines(
        _ dataset: any OpenDataset, _ selection: ColumnSelection, _ counts: [Int: [(value: Int, count: Int)]]
    ) -> [String] {
        var table = TextTable(
            [.left, .left, .right, .right, .right, .right, .right, .right, .right],
            header: ["column", "type", "elements", "min", "max", "mean", "deviation", "lengths", "not finite"])
        for (index, field) in zip(selection.indices, selection.fields) {
            let statistics = dataset.statistics(ofColumn: index)
            // The bytes of a text are not numbers.
            let isNumeric = field.kind == .tensor && statistics.finite > 0
            let lengths =
                statistics.shortest == statistics.longest
                ? Wording.count(statistics.longest)
                : "\(Wording.count(statistics.shortest)) … \(Wording.count(statistics.longest))"
            table.append([
                field.name, field.typeDescription, Wording.count(statistics.elements),
                isNumeric ? exact(statistics.min) : "–", isNumeric ? exact(statistics.max) : "–",
                isNumeric ? Wording.number(statistics.mean) : "–",
                isNumeric ? Wording.number(statistics.deviation) : "–",
                field.isRagged ? lengths : "", field.dtype.isFloatingPoint ? Wording.count(statistics.nonFinite) : "",
            ])
        }
        var lines = ["\(file): \(Wording.count(dataset.rowCount, "row"))", ""] + table.lines
        for (index, field) in zip(selection.indices, selection.fields) {
            guard let counts = counts[index], !counts.isEmpty else { continue }
            let isShown = counts.count <= valuesShown || field.labels != nil
            let name = field.name
            lines += ["", "\(name): \(Wording.count(counts.count, "value"))\(isShown ? "" : "; --json counts them")"]
            if isShown { lines += histogram(counts, field) }
        }
        return lines
    }

    private func exact(_ number: ColumnStatistics.Number) -> String {
        switch number {
        case .signed(let value): String(value)
        case .unsigned(let value): String(value)
        case .floating(let value): Wording.number(value)
        }
    }

    private func histogram(_ counts: [(value: Int, count: Int)], _ field: Field) -> [String] {
        let largest = counts.map(\.count).max() ?? 1
        let total = counts.reduce(0) { $0 + $1.count }
        var table = TextTable([.right, .left, .right, .right, .left])
        for (value, count) in counts {
            let name = field.labels.flatMap { $0.indices.contains(value) ? $0[value] : nil } ?? ""
            let share = "\(Wording.fixed(100 * Double(count) / Double(total), 1)) %"
            table.append([String(value), name, Wording.count(count), share, bar(Double(count) / Double(largest))])
        }
        return table.lines
    }

    /// Returns a bar of up to thirty blocks, precise to an eighth of a block and never empty.
    private func bar(_ fraction: Double) -> String {
        let eighths = max(1, Int((fraction * 240).rounded()))
        let rest: [String] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + rest[eighths % 8]
    }
}

extension JSONWriter {
    fileprivate mutating func stats(
        of dataset: any OpenDataset, _ selection: ColumnSelection, _ counts: [Int: [(value: Int, count: Int)]]
    ) {
        member("file", dataset.path.readableFileName)
        member("rows", dataset.rowCount)
        key("columns")
        array { json in
            for (index, field) in zip(selection.indices, selection.fields) {
                json.object { json in
                    json.members(of: field)
                    json.members(of: dataset.statistics(ofColumn: index))
                    guard let counts = counts[index] else { return }
                    json.key("histogram")
                    json.array { json in
                        for (value, count) in counts {
                            json.object { json in
                                json.member("value", value)
                                if let labels = field.labels, labels.indices.contains(value) {
                                    json.member("label", labels[value])
                                }
                                json.member("count", count)
                            }
                        }
                    }
                }
            }
        }
    }
}
