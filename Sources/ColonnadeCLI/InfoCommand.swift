// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeFormat
import ColonnadeIngest
import ColonnadeStore

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Shows what a file holds: columns, rows, sizes.",
        discussion: """
            Reads the file's metadata and no row, so it takes as long for a thousand rows as for a thousand million.

              colonnade info fashion.colonnade
              colonnade info fashion.colonnade --json
              colonnade info fashion.colonnade --json --layout
            """)

    @Argument(help: "A Colonnade file, or the folder of a data set of many files.", completion: .file())
    var file: String

    @OptionGroup
    var version: VersionChoice

    @Flag(help: "Prints the report as JSON.")
    var json = false

    @Flag(help: "Adds the places of plain fixed columns in the file: offset, stride and rows of each piece.")
    var layout = false

    func run() throws {
        let opened = try version.open(file)
        if let dataset = opened as? DatasetVersion { return try report(dataset) }
        guard let dataset = opened as? StoredDataset else { return }
        if json {
            try Console.report { (json) throws(ColonnadeError) in
                json.info(of: dataset)
                if layout { json.layout(of: dataset) }
            }
        } else {
            try Console.report(lines: lines(dataset) + (layout ? layoutLines(dataset) : []))
        }
    }

    /// Reports a version of a data set of many files.
    private func report(_ dataset: DatasetVersion) throws {
        guard !layout else {
            throw ValidationError("--layout is for a file: give it one of the files in \(file)/data.")
        }
        try json ? Console.report { $0.info(of: dataset) } : Console.report(lines: lines(dataset))
    }

    // MARK: Text

    private func lines(_ dataset: StoredDataset) -> [String] {
        let rows = Wording.count(dataset.rowCount, "row")
        let segments = Wording.count(dataset.segmentCount, "segment")
        var lines = ["\(file): \(rows), \(Wording.bytes(dataset.byteCount)), \(segments)", ""]
        var table = TextTable([.left, .left, .left, .right, .left], header: ["column", "type", "codec", "bytes", ""])
        var sharing: [Int: [String]] = [:]
        for (index, field) in dataset.schema.enumerated() {
            if let group = dataset.storage(ofColumn: index).group { sharing[group, default: []].append(field.name) }
        }
        for (index, field) in dataset.schema.enumerated() {
            let storage = dataset.storage(ofColumn: index)
            let together = storage.group.flatMap { sharing[$0] } ?? []
            let entryPoints = dataset.entryPointByteCount(ofColumn: index).map { "entry points \(Wording.bytes($0))" }
            let notes = [
                together.count > 1 ? "group \(storage.group ?? 0)" : nil, ratio(storage), meaning(field), entryPoints,
            ]
            table.append([
                field.name, field.typeDescription, storage.codec.name, Wording.bytes(storage.byteCount),
                notes.compactMap { $0 }.joined(separator: ", "),
            ])
        }
        lines += table.lines
        let groups = sharing.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
        if !groups.isEmpty { lines.append("") }
        for (group, names) in groups {
            let first = dataset.schema.index(named: names[0]) ?? 0
            let stride = dataset.storage(ofColumn: first).stride ?? 0
            lines.append(
                "group \(group): the \(names.count) columns lie together, \(Wording.count(stride, "byte")) a row")
        }
        if !dataset.metadata.isEmpty { lines += ["", "metadata"] }
        for (key, value) in dataset.metadata { lines.append("  " + "\(key): \(value)") }
        if dataset.trailingByteCount > 0 {
            lines += [
                "",
                "\(Wording.count(dataset.trailingByteCount, "byte")) after the end, left by an append that was "
                    + "interrupted; the next append removes them",
            ]
        }
        return lines
    }

    /// Returns how many times smaller a compressed column is; nil for a plain one.
    private func ratio(_ storage: StoredDataset.ColumnStorage) -> String? {
        guard storage.codec != .plain, storage.byteCount > 0 else { return nil }
        return "ratio \(Wording.fixed(Double(storage.decodedByteCount) / Double(storage.byteCount), 2))"
    }

    func meaning(_ field: Field) -> String? {
        switch field.meaning {
        case nil: nil
        case .media(let type): type
        case .time(let type): type.description
        case .classLabels(let names):
            "\(names.count) classes: \(names.prefix(4).joined(separator: ", "))\(names.count > 4 ? ", …" : "")"
        }
    }

    private func layoutLines(_ dataset: StoredDataset) -> [String] {
        var table = TextTable(
            [.right, .left, .right, .right, .right, .right],
            header: ["segment", "column", "first row", "rows", "offset", "stride"])
        for extent in dataset.extents {
            table.append([
                String(extent.segment), extent.column, String(extent.rows.lowerBound), String(extent.rows.count),
                String(extent.offset), String(extent.stride),
            ])
        }
        return [""] + table.lines
    }
}

extension JSONWriter {
    fileprivate mutating func info(of dataset: StoredDataset) {
        member("file", dataset.path.readableFileName)
        member("rows", dataset.rowCount)
        member("bytes", dataset.byteCount)
        member("segments", dataset.segmentCount)
        member("trailing_bytes", dataset.trailingByteCount)
        key("columns")
        array { json in
            for (index, field) in dataset.schema.enumerated() {
                json.object { json in
                    json.members(of: field)
                    let storage = dataset.storage(ofColumn: index)
                    json.member("codec", storage.codec.name)
                    json.member("bytes", storage.byteCount)
                    if storage.codec != .plain { json.member("decoded_bytes", storage.decodedByteCount) }
                    if let group = storage.group { json.member("group", group) }
                    if let stride = storage.stride { json.member("stride", stride) }
                    if let bytes = dataset.entryPointByteCount(ofColumn: index) {
                        json.member("entry_point_bytes", bytes)
                    }
                    json.key("statistics")
                    json.object { $0.members(of: dataset.statistics(ofColumn: index)) }
                }
            }
        }
        key("metadata")
        object { json in
            for (key, value) in dataset.metadata { json.member(key, value) }
        }
    }

    fileprivate mutating func layout(of dataset: StoredDataset) {
        key("layout")
        array { json in
            for extent in dataset.extents {
                json.object { json in
                    json.member("segment", extent.segment)
                    json.member("first_row", extent.rows.lowerBound)
                    json.member("rows", extent.rows.count)
                    json.member("column", extent.column)
                    json.member("offset", extent.offset)
                    json.member("stride", extent.stride)
                }
            }
        }
    }
}
