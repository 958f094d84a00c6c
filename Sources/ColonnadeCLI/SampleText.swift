// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest

/// Converts values to the text of table cells.
enum SampleText {
    private static let elementsShown = 6
    private static let charactersShown = 48

    static func cell(_ tensor: Tensor, _ field: Field) throws(ColonnadeError) -> String {
        switch field.kind {
        case .string: return shortened(try tensor.string())
        case .bytes: return Wording.count(tensor.count, "byte")
        case .tensor: break
        }
        let shown = min(tensor.count, tensor.rank == 0 ? 1 : elementsShown)
        var text: [UInt8] = []
        try ElementText.append(tensor, 0..<shown, of: field, separator: UInt8(ascii: " "), to: &text)
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

    /// Returns the text, or its beginning if it is long.
    private static func shortened(_ text: String) -> String {
        text.dropFirst(charactersShown).isEmpty ? text : text.prefix(charactersShown) + "…"
    }
}

extension Field {
    /// The class names, or nil.
    var labels: [String]? {
        if case .classLabels(let names) = meaning { names } else { nil }
    }
}
