// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Replaces each sample by windows over one dimension of one key. The other keys are repeated.
struct SlidingWindowStage: GroupStage {
    let upstream: Upstream
    let column: Int
    let dimension: Int
    let size: Int
    let stride: Int
    let indexKey: String?
    let schema: Schema

    init(
        _ upstream: Upstream, _ key: String, size: Int, stride: Int, dimension: Int, indexKey: String?
    ) throws(ColonnadeError) {
        guard size >= 1, stride >= 1 else {
            throw ColonnadeError(
                .invalidArgument, "windows have a size and a stride of at least 1, not \(size) and \(stride)")
        }
        (column, self.dimension) = try upstream.schema.dimension(dimension, of: key)
        if upstream.schema[column].shape[self.dimension] == nil {
            try upstream.plan.checkSameOnEachRank("windows over values of several lengths", "make windows")
        }
        self.upstream = upstream
        self.size = size
        self.stride = stride
        self.indexKey = indexKey
        var fields = upstream.schema.fields
        // The last windows may be shorter.
        var shape = fields[column].shape
        shape[self.dimension] = nil
        fields[column] = fields[column].reshaped(to: shape)
        if let indexKey { fields.append(Field(indexKey, .int64)) }
        schema = try Schema(fields)
    }

    var name: String { "sliding-window" }
    var label: String { "windows of \(size) every \(stride) over \(upstream.schema[column].name)" }
    var initialCarry: Int { 0 }

    func isClean(_ carry: Int) -> Bool { true }

    func group(
        _ number: Int, _ carry: inout Int, _ upstream: any StageCursor, _ pass: PassContext
    ) throws(ColonnadeError) -> [Recipe]? {
        guard let next = try upstream.next() else { return nil }
        let (row, epoch) = next.identity
        let sample = try next.make()
        let shape = sample.tensors[column].shape
        let starts = Swift.stride(from: 0, to: shape[dimension], by: stride)
        return try starts.enumerated().map { (window) throws(ColonnadeError) in
            let (index, start) = window
            var tensors = sample.tensors
            var ranges = shape.map { 0..<$0 }
            ranges[dimension] = start..<start + min(size, shape[dimension] - start)
            tensors[column] = try tensors[column].slice(ranges, from: pass.pool)
            if indexKey != nil { tensors.append(Tensor(scalar: Int64(index))) }
            // Random choices after this stage differ from window to window.
            return .ready(Sample(schema: schema, tensors: tensors), row: row, epoch: epoch &+ index &<< 32)
        }
    }
}
