// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

/// The contents of an `.npy` file in memory.
struct ArrayFile {
    let dtype: DType
    let shape: [Int]
    private let layout: ArrayLayout
    private let contents: Tensor
    private let headerSize: Int

    /// The largest number of dimensions of a value, which is that of C and Python.
    private static let mostDimensions = 32

    /// Reads the header. Throws `invalidSource` for other contents, for another number of bytes than the header says, and for
    /// elements that are no numbers; `unsupported` for a newer version of the format.
    init(_ contents: Tensor) throws(ColonnadeError) {
        var bytes = TensorBytes(contents)
        do throws(ColonnadeError) {
            let header = try NumPyHeader(&bytes, source: "", remedy: "save it with numpy.save")
            layout = header.layout
            headerSize = header.byteCount
        } catch {
            var error = error
            error.place = nil
            throw error
        }
        guard case .numbers(let dtype) = layout.elements else {
            throw ColonnadeError(
                .invalidSource,
                "its elements are \(layout.description), and no numbers: save array.view('int64') for times, and "
                    + "array.view('uint8') for strings")
        }
        guard layout.shape.count <= Self.mostDimensions else {
            throw ColonnadeError(
                .invalidSource,
                "it has \(layout.shape.count) dimensions, and \(Self.mostDimensions) is the limit: reshape it")
        }
        let actual = contents.byteCount - headerSize
        let count = Tensor.checkedElementCount(of: layout.shape)
        guard let count, !count.multipliedReportingOverflow(by: dtype.size).overflow, count * dtype.size == actual
        else {
            throw ColonnadeError(
                .invalidSource,
                "its header says \(layout.description), and \(actual) bytes follow: it is truncated or damaged, save it "
                    + "again")
        }
        self.dtype = dtype
        shape = layout.shape
        self.contents = contents
    }

    /// Returns the array, in C order and the byte order of this machine: a view of the contents if they are stored so. Throws
    /// `invalidSource` for bools that are neither 0 nor 1.
    func tensor() throws(ColonnadeError) -> Tensor {
        let isPlain = !layout.isBigEndian && (!layout.isFortranOrder || shape.count < 2)
        let start = contents.byteOffset + headerSize
        let view: Tensor
        // Only memory of our own is known to be aligned.
        if isPlain, !contents.storage.isBorrowed, start % dtype.size == 0 {
            view = Tensor(dtype: dtype, shape: shape, storage: contents.storage, byteOffset: start)
        } else {
            var elements = Array(contents.rawBytes[headerSize...])
            if layout.isFortranOrder, shape.count > 1, !elements.isEmpty {
                let block = elements
                elements = []
                ElementBytes.appendRows(
                    0..<shape[0], ofFortranBlock: block, blockRows: shape[0], rowShape: Array(shape.dropFirst()),
                    size: dtype.size, to: &elements)
            }
            if layout.isBigEndian { ElementBytes.swap(&elements, from: 0, size: dtype.size) }
            view = Tensor(dtype: dtype, shape: shape, storage: Tensor(elements).storage)
        }
        if dtype == .bool {
            do throws(ColonnadeError) {
                try view.withSpan(as: Bool.self) { _ in }
            } catch {
                throw ColonnadeError(
                    .invalidSource, "a bool is neither 0 nor 1: the file is damaged, or its bytes are uint8")
            }
        }
        return view
    }
}
