// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A writer of rows of all columns, those with entry points included.
protocol CompleteWriter: ~Copyable {
    mutating func appendComplete(_ chunk: RecordChunk) throws(ColonnadeError)
    consuming func finish() throws(ColonnadeError) -> DatasetSummary
}

extension DatasetWriter: CompleteWriter {}
extension FolderWriter: CompleteWriter {}
