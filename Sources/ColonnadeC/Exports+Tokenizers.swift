// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import Colonnade
internal import ColonnadeCore

@c @implementation
public func colonnade_make_tokenizer(
    _ operation: UnsafePointer<CChar>, _ arguments: UnsafePointer<colonnade_argument>?, _ argumentCount: Int,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let arguments = try unsafe Arguments(String(cString: operation), arguments, argumentCount)
        return unsafe Handle.make(try TokenizerHandle(arguments))
    }
}

@c @implementation
public func colonnade_tokenize(
    _ tokenizer: OpaquePointer, _ bytes: UnsafeRawPointer?, _ size: Int, _ seed: UnsafePointer<UInt64>?,
    _ ids: UnsafeMutablePointer<colonnade_tensor>, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let done: Void? = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let handle: TokenizerHandle = unsafe Handle.object(tokenizer)
        let text = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: size))
        let numbers = try handle.ids(text, seed: unsafe seed?.pointee)
        try unsafe Tensor(numbers.map { Int64($0) }).put(in: ids)
    }
    return done == nil ? -1 : 0
}

@c @implementation
public func colonnade_tokenize_all_ways(
    _ tokenizer: OpaquePointer, _ bytes: UnsafeRawPointer?, _ size: Int,
    _ edges: UnsafeMutablePointer<colonnade_tensor>, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let done: Void? = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let handle: TokenizerHandle = unsafe Handle.object(tokenizer)
        let text = unsafe Array(UnsafeRawBufferPointer(start: bytes, count: size))
        let numbers = try handle.edges(text)
        try unsafe Tensor(numbers.map { Int64($0) }, shape: [numbers.count / 3, 3]).put(in: edges)
    }
    return done == nil ? -1 : 0
}

@c @implementation
public func colonnade_read_sentencepiece(
    _ bytes: UnsafeRawPointer?, _ size: Int, _ tensors: UnsafeMutablePointer<colonnade_tensor>,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let done: Void? = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let pieces = try SentencePieceModel(unsafe Array(UnsafeRawBufferPointer(start: bytes, count: size))).pieces
        var end: Int64 = 0
        let ends = pieces.map { piece in
            end += Int64(piece.bytes.count)
            return end
        }
        try unsafe Tensor(pieces.flatMap(\.bytes)).put(in: tensors)
        try unsafe Tensor(ends).put(in: tensors + 1)
        try unsafe Tensor(pieces.map(\.score)).put(in: tensors + 2)
        try unsafe Tensor(pieces.map(\.kind.rawValue)).put(in: tensors + 3)
    }
    return done == nil ? -1 : 0
}
