// SPDX-License-Identifier: Apache-2.0

public import Colonnade
public import ColonnadeCore

extension Pipelined {
    /// Replaces the path of an `.npy` file, versions 1 to 3, by the array in it: numbers, in any byte order, in C or Fortran order.
    ///
    /// The arrays of all samples have one data type and number of dimensions. Without these arguments, this call reads the file of
    /// the first sample to learn them.
    ///
    /// - Parameters:
    ///   - key: bytes or a string, before `batched`: the path of a regular file.
    ///   - folder: where paths that do not begin with `/` start. Files outside of it are refused, unless it is empty.
    ///   - dtype: the data type of the arrays.
    ///   - rank: the number of dimensions of the arrays.
    ///   - outputKey: the key of the array, if the path itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` if the value is not bytes or text, or if there is no first sample; what reading the
    ///   first sample throws. While running, `fileNotFound`, `system`, and `invalidSource` for a file that is no `.npy` file, is
    ///   truncated, or has another data type or number of dimensions.
    public func loadingArray(
        _ key: String, folder: String = "", to dtype: DType? = nil, rank: Int? = nil, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        let loader = ArrayLoader(files: try NamedFiles(key, in: schema, folder: folder))
        return try array(key, dtype, rank, outputKey, "load numpy(\(key))", loader)
    }

    /// Replaces the contents of an `.npy` file, such as a file of an archive, by the array in it. See
    /// `loadingArray(_:folder:to:rank:as:)`.
    public func decodingArray(
        _ key: String, to dtype: DType? = nil, rank: Int? = nil, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try NamedFiles.checkIsBytes(try schema.field(named: key))
        return try array(key, dtype, rank, outputKey, "decode numpy(\(key))", ArrayLoader(files: nil))
    }

    private func array(
        _ key: String, _ dtype: DType?, _ rank: Int?, _ outputKey: String?, _ label: String, _ loader: ArrayLoader
    ) throws(ColonnadeError) -> Self {
        if let rank, !(0...32 ~= rank) {
            throw ColonnadeError(.invalidArgument, "an array has 0 to 32 dimensions, not \(rank)")
        }
        var field = Field(outputKey ?? key, dtype ?? .float32, [Int?](repeating: nil, count: rank ?? 0))
        if dtype == nil || rank == nil {
            let first: Tensor
            do throws(ColonnadeError) {
                first = try loader.array(try firstValue(of: key), TensorPool(keeping: 0))
            } catch {
                throw error.place == nil ? error.prefixed("the first sample, key \"\(key)\": ") : error
            }
            field = Field(field.name, dtype ?? first.dtype, [Int?](repeating: nil, count: rank ?? first.rank))
        }
        return try computing([key], to: field, label: label) { [field] (values, pool) throws(ColonnadeError) in
            try loader.array(values[0], pool, expected: field)
        }
    }

    /// Returns the value of a key in the first sample. Throws `invalidArgument` if there is none.
    private func firstValue(of key: String) throws(ColonnadeError) -> Tensor {
        let sample: Sample?
        switch self {
        case let buffer as Buffer: sample = buffer.count > 0 ? try buffer[0] : nil
        case let stream as Stream:
            // Without threads, which would make more samples than one.
            var pass = stream.withoutPrefetching.epoch(stream.epochNumber).makeIterator()
            sample = try pass.next()
        default: sample = nil
        }
        guard let sample else {
            throw ColonnadeError(
                .invalidArgument,
                "there is none, so the type of the arrays is unknown: give the data type and the number of dimensions")
        }
        return try sample.tensor(key)
    }
}
