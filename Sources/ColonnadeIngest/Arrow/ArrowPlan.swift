// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The columns that a schema of Arrow makes, with structs flattened to `a.b`.
struct ArrowPlan {
    /// The columns in the requested order.
    let columns: [ArrowColumn]

    /// Columns that were found, and why those cannot be that cannot.
    private struct Leaf {
        var name: String
        var path: [String]
        var field: ArrowField
        var steps: [(child: Int, count: Int)]
        var column: ArrowColumn?
        var error: ColonnadeError?
    }

    /// Plans the columns of a table. Throws `invalidSource` for a root that is no table, `unsupported` for a type without a
    /// column, `unknownKey` and
    /// `invalidArgument` for options that do not fit.
    init(_ root: ArrowField, _ options: ArrowOptions) throws(ColonnadeError) {
        guard case .structure = root.type, root.dictionary.isEmpty else {
            throw Self.fault(
                "it is a stream of arrays (their type is \(root.type.name)), not of record batches: make it a table of one column",
                options)
        }
        let features = ArrowFeatures(root.features)
        var leaves = Self.flatten(root, [], [], features)
        guard !leaves.isEmpty else { throw Self.fault("it has no columns", options) }
        let names = try Schema(leaves.map { Field($0.name, kind: .bytes) })
        try Self.checkNames(options, names)
        for index in leaves.indices {
            do throws(ColonnadeError) {
                leaves[index].column = try Self.column(leaves[index], features, options)
            } catch {
                leaves[index].error = error
            }
        }
        var chosen = names.names.map { (new: $0, old: $0) }
        if !options.columns.isEmpty {
            chosen = []
            for column in options.columns { chosen.append(try SelectedSource.names(column, in: names)) }
        }
        var columns: [ArrowColumn] = []
        for (new, old) in chosen {
            let source = leaves[try names.index(ofColumn: old)]
            if let error = source.error { throw error }
            guard var column = source.column else { continue }
            column.field.name = new
            if options.masks, column.fill != nil { column.maskName = "\(new).valid" }
            columns.append(column)
        }
        self.columns = columns
    }

    private static func fault(_ message: String, _ options: ArrowOptions) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .record(source: options.name, record: nil, column: nil))
    }

    private static func checkNames(_ options: ArrowOptions, _ names: Schema) throws(ColonnadeError) {
        let used =
            options.fills.names + options.shapes.names + options.decoded.sorted().map(\.text) + options.media.names
        for name in used { _ = try names.index(ofColumn: name) }
    }

    private static func flatten(
        _ field: ArrowField, _ path: [String], _ steps: [(child: Int, count: Int)], _ features: ArrowFeatures
    ) -> [Leaf] {
        var leaves: [Leaf] = []
        for (index, child) in field.children.enumerated() {
            let path = path + [child.name]
            let steps = steps + [(index, field.children.count)]
            if case .structure = child.type, !child.isMediaFile, child.extensionName == nil {
                leaves += flatten(child, path, steps, features)
            } else {
                leaves.append(Leaf(name: path.joined(separator: "."), path: path, field: child, steps: steps))
            }
        }
        return leaves
    }

    private static func column(
        _ leaf: Leaf, _ features: ArrowFeatures, _ options: ArrowOptions
    ) throws(ColonnadeError) -> ArrowColumn {
        let name = leaf.name
        let shaping = ArrowShaping(name: name, source: options.name)
        var column: ArrowColumn
        let family = features.mediaFamily(leaf.path)
        if leaf.field.isMediaFile, let bytes = leaf.field.children.firstIndex(where: { $0.name == "bytes" }) {
            column = try shaping.column(leaf.field.children[bytes], decoded: false)
            column.steps = leaf.steps + [(bytes, leaf.field.children.count)]
            column.findsMedia = true
            column.missingRemedy =
                "it names a file by its path instead, or nothing. Embed the files first "
                + "(datasets.table.embed_table_storage), or say what to put in its place (fill)"
        } else {
            column = try shaping.column(
                leaf.field, decoded: options.decodesAll || options.decoded.contains(ExactName(name)))
            column.steps = leaf.steps
        }
        if let shape = options.shapes[name] { try shaping.apply(shape, to: &column) }
        if let type = options.media[name] ?? (family != nil && column.field.kind == .bytes ? "" : nil) {
            guard column.field.kind == .bytes else {
                throw shaping.fault(
                    "only bytes can be encoded files, and this is \(column.field.typeDescription)", .invalidArgument)
            }
            column.findsMedia = type.isEmpty
            if !type.isEmpty { column.field.meaning = .media(type) }
        } else if let type = leaf.field.mediaType, column.field.kind == .bytes, type.isMediaType {
            column.field.meaning = .media(type)
        }
        column.mediaFamily = family
        if options.keepsClassNames, let names = features.classNames(leaf.path), column.field.holdsIntegers {
            column.field.meaning = .classLabels(names)
            column.classCount = names.count
        }
        let kindFills = options.kindFills.implied(masks: options.masks, hasOthers: !options.fills.isEmpty)
        try shaping.addFill(options.fills[name], or: kindFills, to: &column)
        return column
    }
}

extension Field {
    var hasClasses: Bool {
        if case .classLabels = meaning { return true }
        return false
    }

    var holdsIntegers: Bool { kind == .tensor && !dtype.isFloatingPoint && dtype != .bool }
}

extension ArrowField {
    /// Whether this is how Hugging Face keeps an image or a sound: its bytes, or the path of its file.
    var isMediaFile: Bool {
        guard case .structure = type, children.count == 2,
            let bytes = children.first(where: { $0.name == "bytes" }),
            let path = children.first(where: { $0.name == "path" })
        else { return false }
        switch (bytes.type, path.type) {
        case (.bytes(isText: false, _), .bytes(isText: true, _)), (.bytes(isText: false, _), .views(isText: true)),
            (.views(isText: false), .bytes(isText: true, _)), (.views(isText: false), .views(isText: true)):
            return bytes.dictionary.isEmpty
        default: return false
        }
    }
}
