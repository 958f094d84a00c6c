// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension ShardPlan {
    /// Throws `invalidArgument` unless samples of a schema can get a mask under a key: they are no batches, and lack the key.
    static func checkMask(_ key: String, on schema: Schema, isBatched: Bool) throws(ColonnadeError) {
        guard !isBatched else {
            throw ColonnadeError(.invalidArgument) {
                "batches have no mask for each sample: call \($0.shard) before \($0.batch), or drop or repeat "
                    + "the remaining samples"
            }
        }
        guard schema.index(named: key) == nil else {
            throw ColonnadeError(
                .invalidArgument, "the samples already have a key \"\(key)\": give the mask another key")
        }
    }
}
