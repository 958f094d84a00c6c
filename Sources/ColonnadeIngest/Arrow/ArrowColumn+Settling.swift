// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension ArrowColumn {
    /// Finds out what only a first batch can tell: names of class labels, and the media type of encoded files.
    mutating func settle(_ batch: ArrowBatch, source: String) throws(ColonnadeError) {
        if case .dictionary(let index, _, .labels) = leaf {
            try settleLabels(batch, index, source)
        }
        guard findsMedia else { return }
        let rows = try ArrowRows(self, of: batch, source: source, firstRow: 0)
        var types = Set(try rows.chunk(0..<rows.count).mediaTypes)
        let family = mediaFamily ?? types.first.flatMap { $0?.prefix { $0 != "/" } }.map(String.init)
        if types.count == 1, let type = types.removeFirst() {
            field.meaning = .media(type)
        } else if let family, mediaFamily != nil || types.allSatisfy({ $0?.hasPrefix("\(family)/") == true }) {
            field.meaning = .media("\(family)/*")
        } else {
            findsMedia = false
        }
        reason = field.meaning.map { _ in "\(field.typeDescription), encoded files by their first bytes" }
    }

    private mutating func settleLabels(
        _ batch: ArrowBatch, _ dtype: DType, _ source: String
    ) throws(ColonnadeError) {
        // Without labels yet, its values are text.
        guard let values = try ArrowRows(self, of: batch, source: source, firstRow: 0).dictionary else { return }
        var names: [String] = []
        var labels: NameMap<Int> = [:]
        for case let text? in try values.texts() where labels[text] == nil {
            labels[text] = names.count
            names.append(text)
        }
        if let fill {
            let text = String(decoding: fill, as: UTF8.self)
            if labels[text] == nil {
                labels[text] = names.count
                names.append(text)
            }
            var element: [UInt8] = []
            element.append(element: labels[text] ?? 0, dtype)
            self.fill = element
        }
        let bits = dtype.size * 8 - (dtype.isSignedInteger ? 1 : 0)
        guard bits > 62 || names.count <= 1 << bits else {
            throw ColonnadeError(
                .invalidSource, "\(names.count) labels are more than \(dtype.name) can number: cast the indices first",
                at: .record(source: source, record: nil, column: name))
        }
        self.labels = labels
        field.meaning = names.isEmpty ? nil : .classLabels(names)
    }
}
