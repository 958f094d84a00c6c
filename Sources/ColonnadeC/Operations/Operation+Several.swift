// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore

extension Operation {
    /// The operations on several buffers or streams.
    static let several: [Operation] = [
        Operation(
            "append", .need("others", .buffers), .option("labels", .classNames, or: .same),
            does: "joins buffers one after another",
            buffers: { try Buffer.concatenating([$0] + $1, classNames: $2) }),
        Operation(
            "zip", .need("others", .pipelines), does: "joins the keys of samples; those of a buffer with buffers only",
            buffers: { buffer, others in
                var zipped = buffer
                for other in try others.buffers() { zipped = try zipped.zipped(with: other) }
                return zipped
            },
            streams: { stream, others in
                var zipped = stream
                for other in others { zipped = try zipped.zipped(with: other.stream) }
                return zipped
            }),
        Operation(
            "interleave", .need("others", .streams), .option("length", .integer, or: 1),
            .option("exhaustion", .exhaustion, or: .leaveOut), .option("labels", .classNames, or: .same),
            does: "takes `length` samples from each stream in turn",
            streams: {
                try Colonnade.Stream.interleaved([$0] + $1, length: $2, whenExhausted: $3, classNames: $4)
            }),
        Operation(
            "mix", .need("others", .streams), .need("weights", .numbers), .need("seed", .seed),
            .option("exhaustion", .exhaustion, or: .beginAnew), .option("labels", .classNames, or: .same),
            does: "takes samples at random, by weight; the first weight is that of this stream",
            streams: {
                try Colonnade.Stream.mixed([$0] + $1, weights: $2, seed: $3, whenExhausted: $4, classNames: $5)
            }),
        Operation(
            "pulled", .need("others", .buffers),
            does: "describes a buffer of samples that the caller pulled of this stream, as the stream does",
            streams: { stream, others in
                guard others.count == 1 else {
                    throw ColonnadeError(.invalidArgument, "the samples that were pulled are one buffer")
                }
                return try others[0].described(by: stream.schema, orders: stream.orders)
            }
        ).materializing(),
    ]
}
