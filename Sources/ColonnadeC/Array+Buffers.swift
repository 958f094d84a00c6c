// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

extension [PipelineHandle] {
    /// Returns the pipelines as buffers. Throws `invalidArgument` for a stream.
    func buffers() throws(ColonnadeError) -> [Buffer] {
        try map { (handle) throws(ColonnadeError) in
            guard case .buffer(let buffer) = handle.contents else {
                throw ColonnadeError(
                    .invalidArgument, "a stream cannot be part of a buffer: keep its samples in memory, or use streams")
            }
            return buffer
        }
    }
}
