// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The images, annotations and categories of a file of COCO.
struct COCOAnnotations: Sendable {
    struct Image: Sendable {
        let id: Int
        let file: String
        let size: PictureSize
        /// The indices of its annotations, in the order of the file.
        var annotations: [Int] = []
    }

    /// The column that each key of an annotation becomes, with its type. `image_id` tells the row.
    static let columns: [(key: String, field: Field)] = [
        ("bbox", Field("boxes", .float32, [nil, 4])), ("category_id", Field("labels", .int64, [nil])),
        ("area", Field("area", .float32, [nil])), ("iscrowd", Field("iscrowd", .bool, [nil])),
        ("id", Field("annotation_id", .int64, [nil])),
    ]

    private(set) var images: [Image] = []
    /// The names of the classes, in the order of the categories' ids.
    private(set) var classes: [String] = []
    /// The bytes of each annotation's value, by the key of `columns`; only keys that annotations have.
    private(set) var values: [String: [[UInt8]]] = [:]
    /// Keys of annotations that become no column.
    private(set) var otherKeys: Set<String> = []

    private let source: String

    /// A value that its column cannot have, as the end of a sentence that begins with the annotation and its key.
    private struct Fault: Error {
        let text: String
    }

    /// Reads a file, plain or gzipped. The text is held in memory. Throws `invalidSource` for anything that is not COCO, with the
    /// annotation; `fileNotFound`, `system`.
    ///
    /// - Parameter takes: returns whether a column is stored. Numbers of others need not fit it.
    init(path: String, takes: (_ column: String) -> Bool) throws(ColonnadeError) {
        source = path
        var stream = try ByteStream(path: path)
        var text: [UInt8] = []
        while try stream.read(upTo: 1 << 20, appendingTo: &text) == 1 << 20 {
            guard text.count < 1 << 31 else { throw failure("it has more than 2 GiB: cut it into parts") }
        }
        let tree: JSONTree
        do throws(ColonnadeError) {
            tree = try JSONTree(text)
        } catch {
            throw failure(error.message)
        }
        guard let members = tree.members(0), let images = members["images"].flatMap({ tree.elements($0) }),
            let annotations = members["annotations"].flatMap({ tree.elements($0) }),
            let categories = members["categories"].flatMap({ tree.elements($0) })
        else { throw failure("a file of COCO has the lists images, annotations and categories, and this lacks one") }
        let labels = try readClasses(categories, tree)
        let rows = try readImages(images, tree, takesSize: takes("boxes") || takes("area"))
        try readAnnotations(annotations, tree, labels, rows, takes)
    }

    /// Returns the number of the class of each category.
    private mutating func readClasses(_ categories: [Int], _ tree: JSONTree) throws(ColonnadeError) -> [Int: Int] {
        var names: [Int: String] = [:]
        for (index, node) in categories.enumerated() {
            guard let members = tree.members(node), let id = members["id"].flatMap({ tree.integer($0) }),
                let name = members["name"].flatMap({ tree.text($0) })
            else { throw failure("category \(index) has no id or no name") }
            guard names.updateValue(name, forKey: id) == nil else { throw failure("two categories have the id \(id)") }
        }
        let ids = names.keys.sorted()
        classes = ids.compactMap { names[$0] }
        guard Set(classes.exactNames).count == classes.count else {
            throw failure("two categories have one name: give each class a name of its own")
        }
        return Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($0.element, $0.offset) })
    }

    /// Returns the index of the image with each id. The size is left out unless a column with pixels as its unit is stored.
    private mutating func readImages(
        _ images: [Int], _ tree: JSONTree, takesSize: Bool
    ) throws(ColonnadeError) -> [Int: Int] {
        var rows: [Int: Int] = [:]
        for (index, node) in images.enumerated() {
            guard let members = tree.members(node), let id = members["id"].flatMap({ tree.integer($0) }),
                let file = members["file_name"].flatMap({ tree.text($0) })
            else { throw failure("image \(index) has no id or no file_name") }
            guard rows.updateValue(index, forKey: id) == nil else { throw failure("two images have the id \(id)") }
            let size = PictureSize(
                width: takesSize ? try length("width", of: index, members, tree) : nil,
                height: takesSize ? try length("height", of: index, members, tree) : nil
            )
            self.images.append(Image(id: id, file: file, size: size))
        }
        return rows
    }

    /// Returns the width or height of an image; nil if it is missing or null.
    private func length(
        _ key: String, of index: Int, _ members: [String: Int], _ tree: JSONTree
    ) throws(ColonnadeError) -> Int? {
        guard let node = members[key], tree.kind(node) != .null else { return nil }
        guard let length = tree.double(node).flatMap({ Int(exactly: $0) }) else {
            throw failure("image \(index) has a \(key) that is no integer")
        }
        return length
    }

    private mutating func readAnnotations(
        _ annotations: [Int], _ tree: JSONTree, _ labels: [Int: Int], _ rows: [Int: Int],
        _ takes: (_ column: String) -> Bool
    ) throws(ColonnadeError) {
        let taken = Set(Self.columns.filter { takes($0.field.name) }.map(\.key))
        // Pictures without objects have the same columns as others.
        if annotations.isEmpty { for (key, _) in Self.columns { values[key] = [] } }
        for (index, node) in annotations.enumerated() {
            guard let members = tree.members(node), let image = members["image_id"].flatMap({ tree.integer($0) }) else {
                throw failure("annotation \(index) has no image_id")
            }
            guard let row = rows[image] else {
                throw failure(
                    "annotation \(index) is of the image \(image), which is not in the list: add it, or remove both")
            }
            images[row].annotations.append(index)
            for key in members.keys where key != "image_id" && !Self.columns.contains(where: { $0.key == key }) {
                otherKeys.insert(key)
            }
            for (key, _) in Self.columns {
                guard let value = members[key] else {
                    guard values[key] == nil else {
                        throw failure("annotation \(index) has no \(key), and others have")
                    }
                    continue
                }
                guard index == 0 || values[key] != nil else {
                    throw failure("annotation 0 has no \(key), and annotation \(index) has")
                }
                do throws(Fault) {
                    let bytes = try Self.bytes(value, key, tree, labels, isTaken: taken.contains(key))
                    values[key, default: []].append(bytes)
                } catch {
                    let article = key.utf8.first.map("ai".utf8.contains) == true ? "an" : "a"
                    throw failure("annotation \(index) has \(article) \(key) \(error.text)")
                }
            }
        }
    }

    /// Returns the value of a key as the bytes of an element of its column.
    private static func bytes(
        _ node: Int, _ key: String, _ tree: JSONTree, _ labels: [Int: Int], isTaken: Bool
    ) throws(Fault) -> [UInt8] {
        switch key {
        case "bbox":
            guard let nodes = tree.elements(node), nodes.count == 4 else { throw fault(key) }
            var bytes: [UInt8] = []
            for (index, node) in nodes.enumerated() {
                bytes += try float(node, key, tree, isSize: index >= 2, isTaken: isTaken)
            }
            return bytes
        case "area": return try float(node, key, tree, isSize: true, isTaken: isTaken)
        case "iscrowd" where tree.kind(node) == .yes: return [1]
        case "iscrowd" where tree.kind(node) == .no: return [0]
        case "iscrowd":
            guard let flag = tree.integer(node), flag == 0 || flag == 1 else { throw fault(key) }
            return [UInt8(flag)]
        default:
            guard let number = tree.integer(node), let value = key == "category_id" ? labels[number] : number else {
                throw fault(key)
            }
            return RowValue(value).bytes
        }
    }

    /// Returns a number as float32. Decimals are rounded, and whole numbers are not. A column that is not stored gets zeros.
    private static func float(
        _ node: Int, _ key: String, _ tree: JSONTree, isSize: Bool, isTaken: Bool
    ) throws(Fault) -> [UInt8] {
        guard tree.kind(node) == .number else { throw fault(key) }
        guard isTaken else { return bytes(0) }
        guard let number = tree.double(node), Float(number).isFinite else {
            throw Fault(text: "with a number beyond the range of float32: correct it, or \(remedy(key))")
        }
        guard !isSize || number >= 0 else {
            throw Fault(text: "with the negative \(key == "area" ? "number" : "width or height") \(number): correct it")
        }
        let float = Float(number)
        let isExact = tree.integer(node).map { Int(exactly: float) == $0 } ?? (Double(float) == number)
        guard isExact || number.rounded() != number else {
            let text = tree.integer(node).map(String.init) ?? "\(number)"
            throw Fault(text: "with \(text), a whole number that float32 does not hold: \(remedy(key))")
        }
        return bytes(float.bitPattern)
    }

    private static func remedy(_ key: String) -> String {
        "leave the column \(columns.first { $0.key == key }?.field.name ?? key) out (--columns)"
    }

    private static func fault(_ key: String) -> Fault {
        switch key {
        case "bbox": Fault(text: "that is no list of 4 numbers: x, y, width and height")
        case "category_id": Fault(text: "that is no id of a category")
        case "iscrowd": Fault(text: "that is neither 0 nor 1")
        case "area": Fault(text: "that is no number")
        default: Fault(text: "that is no integer")
        }
    }

    private static func bytes(_ bits: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    }

    private func failure(_ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .file(source))
    }
}
