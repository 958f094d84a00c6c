// SPDX-License-Identifier: Apache-2.0

/// Nested arrays of a parsed record, as tensors see them.
extension JSONParser {
    /// Returns the sizes from the outermost array inwards, up to the first that is empty; nil if arrays side by side differ in size, or
    /// lie beside something else.
    func shape(of array: Int) -> [Int]? {
        var shape: [Int] = []
        var node = array
        while nodes[node].kind == .array {
            let count = childCount(of: node)
            shape.append(count)
            if count == 0 { break }
            node += 1
        }
        return has(shape, array, depth: 0) ? shape : nil
    }

    private func childCount(of array: Int) -> Int {
        var count = 0
        forEachChild(of: array) { _ in count += 1 }
        return count
    }

    private func has(_ shape: [Int], _ array: Int, depth: Int) -> Bool {
        let isInnermost = depth + 1 == shape.count
        var count = 0
        var isRegular = true
        forEachChild(of: array) { child in
            count += 1
            if isRegular, (nodes[child].kind == .array) == isInnermost { isRegular = false }
            if isRegular, !isInnermost, !has(shape, child, depth: depth + 1) { isRegular = false }
        }
        return isRegular && count == shape[depth]
    }

    @inline(__always)
    private func forEachChild(of array: Int, _ body: (Int) -> Void) {
        var child = array + 1
        let end = Int(nodes[array].next)
        while child < end {
            body(child)
            child = Int(nodes[child].next)
        }
    }
}
