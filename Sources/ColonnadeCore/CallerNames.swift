// SPDX-License-Identifier: Apache-2.0

/// The names of methods and arguments in the language of the caller, for messages of errors: the one place that translates them.
package struct CallerNames: Sendable {
    /// The operation that gives each rank its samples.
    package let shard: String
    /// The operation that stacks samples into batches.
    package let batch: String
    /// The calls that keep samples in memory.
    package let materialize: String
    /// The function that joins many buffers by one call.
    package let concatenate: String
    /// The argument that maps labels by the names of their classes.
    package let labelsByName: String
    /// The argument that keeps labels as numbers without names.
    package let labelsDropped: String
    /// The arguments with the numbers that normalize values.
    package let meanAndDeviation: String
    /// The argument by which a tokenizer skips unknown bytes.
    package let unknownIgnored: String
    /// The saved state from which a pass resumes.
    package let position: String
    /// The argument with the number of samples in a block of a block order.
    package let rowsPerBlock: String
    /// The option that decodes each picture to red, green and blue.
    package let colorChannels: String
    /// The option that decodes each sound to one channel.
    package let oneChannel: String
    /// The operation that moves the channels of pictures.
    package let pictureLayout: String
    /// The argument with the storage of pictures; nil for the option of the command.
    package let pictureStorage: String?

    static let swift = CallerNames(
        shard: "sharded", batch: "batched", materialize: "materialized()", concatenate: "Buffer.concatenating",
        labelsByName: "classNames: .byName", labelsDropped: "classNames: .drop", meanAndDeviation: "mean and deviation",
        unknownIgnored: "ignoringUnknown: true", position: "position", rowsPerBlock: "rowsPerBlock",
        colorChannels: "channels: .rgb", oneChannel: "channels: .mono", pictureLayout: "laidOut",
        pictureStorage: nil)

    /// The names in Python, which those of operations in C resemble.
    static let python = CallerNames(
        shard: "shard", batch: "batch", materialize: "concretize() or to_buffer()", concatenate: "concat",
        labelsByName: "labels=\"by_name\"", labelsDropped: "labels=\"drop\"", meanAndDeviation: "mean and std",
        unknownIgnored: "ignore_unk=True", position: "state", rowsPerBlock: "block_rows",
        colorChannels: "channels=\"rgb\"", oneChannel: "channels=\"mono\"", pictureLayout: "image_layout",
        pictureStorage: "images= of ingest")
}
