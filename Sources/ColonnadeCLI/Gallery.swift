// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest

/// Samples as text: a table of what fits in a cell, and below it the small images, side by side.
struct Gallery {
    private let fields: [Field]
    private let inTerminal: Bool
    private var table: TextTable
    private var images: [(caption: String, drawing: [String], width: Int)] = []

    init(_ fields: [Field], inTerminal: Bool) {
        self.fields = fields
        self.inTerminal = inTerminal
        let isNumber = fields.map { $0.kind == .tensor && $0.shape.isEmpty && $0.labels == nil }
        table = TextTable([.right] + isNumber.map { $0 ? .right : .left }, header: ["row"] + fields.map(\.name))
    }

    mutating func append(_ row: Int, _ tensors: [Tensor]) throws(ColonnadeError) {
        var cells: [String] = []
        for (field, tensor) in zip(fields, tensors) { cells.append(try SampleText.cell(tensor, field)) }
        table.append([String(row)] + cells)
        let named = zip(fields, cells).filter { $0.0.labels != nil }.map { $0.1 }
        for (field, tensor) in zip(fields, tensors) {
            guard let image = SmallImage(tensor, field) else { continue }
            let caption = ([String(row)] + named).joined(separator: " ")
            images.append((caption, image.drawing(inColour: inTerminal), image.width))
        }
    }

    /// In lines of that width, if a table allows it.
    func lines(width: Int) -> [String] {
        var lines = table.lines
        var next = 0
        while next < images.count {
            let gap = 2
            var count = 1
            var used = images[next].width + gap
            while next + count < images.count, used + images[next + count].width + gap <= width {
                used += images[next + count].width + gap
                count += 1
            }
            let strip = images[next..<next + count]
            lines.append("")
            for line in -1..<(strip.map(\.drawing.count).max() ?? 0) {
                var text = ""
                for image in strip {
                    text += String(repeating: " ", count: gap)
                    if line < 0 {
                        let caption = image.caption.prefix(image.width)
                        text += caption + String(repeating: " ", count: image.width - caption.count)
                    } else {
                        text +=
                            line < image.drawing.count
                            ? image.drawing[line] : String(repeating: " ", count: image.width)
                    }
                }
                while text.last == " " { text.removeLast() }
                lines.append(text)
            }
            next += count
        }
        return lines
    }
}

/// Values as they stand in a cell.
enum SampleText {
    private static let elementsShown = 6
    private static let charactersShown = 48

    static func cell(_ tensor: Tensor, _ field: Field) throws(ColonnadeError) -> String {
        switch field.kind {
        case .string: return quoted(try tensor.string())
        case .bytes: return Wording.count(tensor.count, "byte")
        case .tensor: break
        }
        let shown = min(tensor.count, tensor.rank == 0 ? 1 : elementsShown)
        var text: [UInt8] = []
        try ElementText.append(tensor, 0..<shown, separator: UInt8(ascii: " "), style: .plain, to: &text)
        let numbers = String(decoding: text, as: UTF8.self)
        guard tensor.rank == 0 else {
            let shape = tensor.shape.map(String.init).joined(separator: "×")
            return tensor.rank == 1 && shown == tensor.count
                ? "[\(numbers)]" : "[\(numbers)\(shown < tensor.count ? " …" : "")] \(shape)"
        }
        guard let labels = field.labels, let index = Int(numbers), labels.indices.contains(index) else {
            return numbers
        }
        return "\(numbers) \(labels[index])"
    }

    /// One line, cut where it is long.
    private static func quoted(_ text: String) -> String {
        let line = text.prefix(charactersShown).map { $0.isNewline ? "⏎" : $0.isControl ? "�" : String($0) }.joined()
        return text.dropFirst(charactersShown).isEmpty ? line : line + "…"
    }
}

extension Field {
    /// Names of the classes.
    var labels: [String]? {
        if case .classLabels(let names) = meaning { names } else { nil }
    }
}

extension Character {
    /// Such as the escape that would begin a command to the terminal.
    fileprivate var isControl: Bool {
        unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
