// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Samples as text: a table of the values that fit in a cell, followed by the pictures side by side.
struct Gallery {
    private let fields: [Field]
    private let inTerminal: Bool
    private var table: TextTable
    private var drawings: [(caption: String, lines: [String], width: Int)] = []

    init(_ fields: [Field], inTerminal: Bool) {
        self.fields = fields
        self.inTerminal = inTerminal
        let isNumber = fields.map { $0.kind == .tensor && $0.shape.isEmpty && $0.labels == nil }
        table = TextTable([.right] + isNumber.map { $0 ? .right : .left }, header: ["row"] + fields.map(\.name))
    }

    mutating func append(_ row: Int, _ tensors: [Tensor]) throws(ColonnadeError) {
        var cells: [String] = []
        for (field, tensor) in zip(fields, tensors) { cells.append(try SampleText.cell(tensor, field)) }
        let images = zip(fields, tensors).map { SmallImage(picture: $1, $0) }
        for (index, image) in images.enumerated() where image != nil {
            cells[index] = "drawn below"
        }
        table.append([String(row)] + cells)
        let named = zip(fields, cells).filter { $0.0.labels != nil }.map { $0.1 }
        for case let image? in images {
            let caption = ([String(row)] + named).joined(separator: " ").visible
            drawings.append((caption, image.drawing(inColour: inTerminal), image.width))
        }
    }

    /// Returns the lines of the gallery, at most `width` characters wide unless the table is wider.
    func lines(width: Int) -> [String] {
        var lines = table.lines
        var next = 0
        while next < drawings.count {
            let gap = 2
            var count = 1
            var used = drawings[next].width + gap
            while next + count < drawings.count, used + drawings[next + count].width + gap <= width {
                used += drawings[next + count].width + gap
                count += 1
            }
            let strip = drawings[next..<next + count]
            lines.append("")
            for line in -1..<(strip.map(\.lines.count).max() ?? 0) {
                var text = ""
                for drawing in strip {
                    text += String(repeating: " ", count: gap)
                    if line < 0 {
                        let caption = drawing.caption.prefix(drawing.width)
                        text += caption + String(repeating: " ", count: drawing.width - caption.count)
                    } else {
                        text +=
                            line < drawing.lines.count
                            ? drawing.lines[line] : String(repeating: " ", count: drawing.width)
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
