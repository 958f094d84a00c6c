// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Replaces the text or bytes of `key` by the ids of its tokens, as int64 of any length.
    ///
    /// - Parameters:
    ///   - key: a text or bytes, before `batched`.
    ///   - tokenizer: the tokenizer. Texts that it refuses are errors of their samples.
    ///   - seed: if given, one of all ways to tokenize the text, drawn by seed, epoch and row; otherwise the best one.
    ///   - outputKey: the key of the ids, if the text itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` if the value is not one text or bytes.
    public func tokenized(
        _ key: String, by tokenizer: Tokenizer, randomlyWithSeed seed: UInt64? = nil, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try adding(Tokenize(key: key, outputKey: outputKey ?? key, method: .words(tokenizer, seed: seed)))
    }

    /// Replaces the text or bytes of `key` by the ids of its tokens by byte-pair encoding, as int64 of any length.
    ///
    /// - Parameters:
    ///   - key: a text or bytes, before `batched`.
    ///   - tokenizer: the tokenizer. Texts that it refuses are errors of their samples.
    ///   - outputKey: the key of the ids, if the text itself must stay.
    /// - Throws: `unknownKey`; `invalidArgument` if the value is not one text or bytes.
    public func tokenized(
        _ key: String, by tokenizer: BPETokenizer, as outputKey: String? = nil
    ) throws(ColonnadeError) -> Self {
        try adding(Tokenize(key: key, outputKey: outputKey ?? key, method: .pairs(tokenizer)))
    }
}

/// Replaces a text by the ids of its tokens.
struct Tokenize: Transform {
    enum Method: Sendable {
        case words(Tokenizer, seed: UInt64?)
        case pairs(BPETokenizer)
    }

    let key: String
    let outputKey: String
    let method: Method

    var keys: [String] { [key] }
    var label: String {
        switch method {
        case .words(_, seed: nil): "tokenize(\(key))"
        case .words: "tokenize at random(\(key))"
        case .pairs: "tokenize by byte pairs(\(key))"
        }
    }

    var draws: RandomDraws? {
        if case .words(_, seed: let seed?) = method { RandomDraws(name: "tokenize", seed: seed) } else { nil }
    }

    func drawing(withSeed seed: UInt64) -> any Transform {
        guard case .words(let tokenizer, seed: _) = method else { return self }
        return Tokenize(key: key, outputKey: outputKey, method: .words(tokenizer, seed: seed))
    }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        guard [.uint8, .int8].contains(fields[0].dtype), fields[0].shape.count == 1 else {
            throw ColonnadeError(
                .invalidArgument,
                "\"\(key)\" is \(fields[0].typeDescription): only a text or bytes can be tokenized, and before they are batched"
            )
        }
        return [Field(outputKey, .int64, [nil])]
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let bytes = values[0].rawBytes
        let ids: [Int]
        switch method {
        case .words(let tokenizer, seed: nil): ids = try tokenizer.tokenize(bytes: bytes)
        case .words(let tokenizer, seed: .some(let seed)):
            var random = context.random(seed)
            ids = try tokenizer.tokenizeRandomly(bytes: bytes) { random.below($0) }
        case .pairs(let tokenizer): ids = try tokenizer.tokenize(bytes: bytes)
        }
        return [Tensor(ids.map { Int64($0) })]
    }
}
