// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore
internal import ColonnadeStore

extension WriterOptions {
    /// Takes the options that all ingests have. Throws the errors of `set(codecs:)`.
    mutating func set(_ arguments: inout Arguments) throws(ColonnadeError) {
        replacing = try arguments.take(.option("replacing", .flag, or: false))
        if try arguments.take(.option("ungrouped", .flag, or: false)) { grouping = .separate }
        metadata = try arguments.take(.option("metadata", .keyedTexts, or: [:]))
        try set(codecs: arguments.take(.option("codecs", .keyedTexts, or: [:])))
    }
}
