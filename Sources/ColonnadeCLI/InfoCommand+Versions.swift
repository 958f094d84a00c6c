// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore

/// The report about a version of a data set of many files.
extension InfoCommand {
    func lines(_ version: DatasetVersion) -> [String] {
        let record = version.record
        let files = Wording.count(record.fileCount, "file")
        var lines = [
            "\(file): version \(record.version), \(Wording.count(record.rowCount, "row")), "
                + "\(Wording.bytes(record.byteCount)), \(files)",
            "commit \(record.commit), \(record.operation), \(Wording.time(milliseconds: record.time))", "",
        ]
        var table = TextTable([.left, .left, .left, .left], header: ["column", "type", "codec", ""])
        for (index, field) in version.schema.enumerated() {
            let notes = [meaning(field), version.hasEntryPoints(ofColumn: index) ? "entry points" : nil]
            table.append([
                field.name, field.typeDescription, version.codec(ofColumn: index).name,
                notes.compactMap { $0 }.joined(separator: ", "),
            ])
        }
        lines += table.lines
        if !version.metadata.isEmpty { lines += ["", "metadata"] }
        for (key, value) in version.metadata { lines.append("  " + "\(key): \(value)") }
        return lines
    }
}
