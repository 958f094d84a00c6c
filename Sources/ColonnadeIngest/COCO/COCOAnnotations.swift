// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The images, annotations and categories of a file of COCO.
struct COCOAnnotations: Sendable {
    struct Image: Sendable {
        let id: Int
        let file: String
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

    /// Reads a file, plain or gzipped. The text is held in memory. Throws `invalidSource` for anything that is not COCO, with the
    /// annotation; `fileNotFound`, `system`.
    init(path: String) throws(ColonnadeError) {
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
        let rows = try readImages(images, tree)
        try readAnnotations(annotations, tree, labels, rows)
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

    /// Returns the index of the image with each id.
    private mutating func readImages(_ images: [Int], _ tree: JSONTree) throws(ColonnadeError) -> [Int: Int] {
        var rows: [Int: Int] = [:]
        for (index, node) in images.enumerated() {
            guard let members = tree.members(node), let id = members["id"].flatMap({ tree.integer($0) }),
                let file = members["file_name"].flatMap({ tree.text($0) })
            else { throw failure("image \(index) has no id or no file_name") }
            guard rows.updateValue(index, forKey: id) == nil else { throw failure("two images have the id \(id)") }
            self.images.append(Image(id: id, file: file))
        }
        return rows
    }

    private mutating func readAnnotations(
        _ annotations: [Int], _ tree: JSONTree, _ labels: [Int: Int], _ rows: [Int: Int]
    ) throws(ColonnadeError) {
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
                guard let bytes = Self.bytes(value, key, tree, labels) else {
                    throw failure("annotation \(index) has a \(key) that is \(Self.rule(key))")
                }
                values[key, default: []].append(bytes)
            }
        }
    }

    /// Returns the value of a key as the bytes of an element of its column; nil if it is another one.
    private static func bytes(_ node: Int, _ key: String, _ tree: JSONTree, _ labels: [Int: Int]) -> [UInt8]? {
        switch key {
        case "bbox":
            guard let numbers = tree.elements(node)?.map({ tree.double($0) }), numbers.count == 4 else { return nil }
            let floats = numbers.compactMap { $0.map { Float($0) } }
            return floats.count == 4 && floats.allSatisfy(\.isFinite) ? floats.flatMap { bytes($0.bitPattern) } : nil
        case "category_id": return tree.integer(node).flatMap { labels[$0] }.map { RowValue($0).bytes }
        case "area":
            guard let area = tree.double(node).map({ Float($0) }), area.isFinite else { return nil }
            return bytes(area.bitPattern)
        case "iscrowd":
            if tree.kind(node) == .yes { return [1] }
            if tree.kind(node) == .no { return [0] }
            return tree.integer(node).flatMap { $0 == 0 || $0 == 1 ? [UInt8($0)] : nil }
        default: return tree.integer(node).map { RowValue($0).bytes }
        }
    }

    private static func rule(_ key: String) -> String {
        switch key {
        case "bbox": "no list of 4 numbers: x, y, width and height"
        case "category_id": "no id of a category"
        case "iscrowd": "neither 0 nor 1"
        case "area": "no number"
        default: "no integer"
        }
    }

    private static func bytes(_ bits: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    }

    private func failure(_ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .file(source))
    }
}
