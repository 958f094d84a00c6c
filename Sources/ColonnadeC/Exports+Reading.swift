// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import Colonnade
internal import ColonnadeCore

@c @implementation
public func colonnade_get(
    _ pipeline: OpaquePointer, _ position: Int64, _ tensors: UnsafeMutablePointer<colonnade_tensor>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let done: Void? = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let pipeline = unsafe Handle.pipeline(pipeline)
        guard case .buffer(let buffer) = pipeline.contents else {
            throw ColonnadeError(.invalidArgument, "a stream has no positions: begin a pass over it")
        }
        let sample = try buffer[Int(position)]
        try unsafe sample.put(in: tensors, pipeline.copyRule)
    }
    return done == nil ? -1 : 0
}

@c @implementation
public func colonnade_begin(
    _ pipeline: OpaquePointer, _ epoch: Int64, _ position: UnsafePointer<CChar>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let pipeline = unsafe Handle.pipeline(pipeline)
        return unsafe Handle.make(try begin(pipeline, pipeline.stream, epoch, position))
    }
}

@c @implementation
public func colonnade_begin_unpadded(
    _ pipeline: OpaquePointer, _ epoch: Int64, _ position: UnsafePointer<CChar>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let pipeline = unsafe Handle.pipeline(pipeline)
        return unsafe Handle.make(try begin(pipeline, pipeline.stream.withUnpaddedTexts, epoch, position))
    }
}

/// Begins a pass over an epoch, or from a position in it.
private func begin(
    _ pipeline: PipelineHandle, _ stream: Colonnade.Stream, _ epoch: Int64, _ position: UnsafePointer<CChar>?
) throws(ColonnadeError) -> PassHandle {
    guard let position = unsafe position else {
        return PassHandle(stream.epoch(Int(epoch)), pipeline.copyRule)
    }
    let text = unsafe String(cString: position)
    guard let saved = Position(text) else {
        throw ColonnadeError(.invalidArgument) {
            "this is not the \($0.position) of a pass: \"\(text.prefix(80))\""
        }
    }
    return PassHandle(try stream.resumed(at: saved), pipeline.copyRule)
}

@c @implementation
public func colonnade_next(
    _ pass: OpaquePointer, _ tensors: UnsafeMutablePointer<colonnade_tensor>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let pass = unsafe Handle.pass(pass)
    do throws(ColonnadeError) {
        guard let sample = try pass.next() else { return 0 }
        try unsafe sample.put(in: tensors, pass.copyRule)
        return 1
    } catch let failure {
        unsafe Failure.store(failure, in: error)
        return -1
    }
}

@c @implementation
public func colonnade_next_within(
    _ pass: OpaquePointer, _ seconds: Double, _ tensors: UnsafeMutablePointer<colonnade_tensor>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let pass = unsafe Handle.pass(pass)
    do throws(ColonnadeError) {
        switch try pass.next(within: seconds) {
        case .sample(let sample):
            try unsafe sample.put(in: tensors, pass.copyRule)
            return 1
        case .end: return 0
        case .late: return 2
        }
    } catch let failure {
        unsafe Failure.store(failure, in: error)
        return -1
    }
}

@c @implementation
public func colonnade_next_if_ready(
    _ pass: OpaquePointer, _ tensors: UnsafeMutablePointer<colonnade_tensor>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    let pass = unsafe Handle.pass(pass)
    do throws(ColonnadeError) {
        guard let sample = try pass.nextIfReady() else { return 2 }
        try unsafe sample.put(in: tensors, pass.copyRule)
        return 1
    } catch let failure {
        unsafe Failure.store(failure, in: error)
        return -1
    }
}

@c @implementation
public func colonnade_first(
    _ pipeline: OpaquePointer, _ limit: Int64, _ tensors: UnsafeMutablePointer<colonnade_tensor>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int32 {
    // The pass runs without prefetching threads, which would make more samples than are returned.
    let pipeline = unsafe Handle.pipeline(pipeline)
    let stream = pipeline.stream.withoutPrefetching
    var iterator = stream.makeIterator()
    for _ in 0..<max(limit, 1) {
        do throws(ColonnadeError) {
            guard let sample = try iterator.next() else { return 0 }
            try unsafe sample.put(in: tensors, pipeline.copyRule)
            return 1
        } catch let failure {
            unsafe Failure.store(failure, in: error)
            if failure.code == .cancelled { return -1 }
        }
    }
    return -1
}

@c @implementation
public func colonnade_stop(_ pass: OpaquePointer) { unsafe Handle.pass(pass).stop() }

@c @implementation
public func colonnade_position(
    _ pass: OpaquePointer, _ error: UnsafeMutablePointer<colonnade_error>?
) -> UnsafeMutablePointer<CChar>? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let pass = unsafe Handle.pass(pass)
        try pass.checkProcess()
        return unsafe CTexts.copy(pass.position.description)
    }
}

@c @implementation
public func colonnade_position_after(
    _ pipeline: OpaquePointer, _ epoch: Int64, _ samples: Int64, _ error: UnsafeMutablePointer<colonnade_error>?
) -> UnsafeMutablePointer<CChar>? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let stream = unsafe Handle.pipeline(pipeline).stream.epoch(Int(epoch))
        return unsafe CTexts.copy(try stream.position(afterSamples: Int(samples)).description)
    }
}

@c @implementation
public func colonnade_get_statistics(
    _ pass: OpaquePointer, _ statistics: UnsafeMutablePointer<colonnade_pass_statistics>,
    _ report: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) {
    let measured = unsafe Handle.pass(pass).statistics()
    unsafe statistics.pointee.items = Int64(measured?.items ?? 0)
    unsafe statistics.pointee.seconds = measured?.seconds ?? 0
    unsafe statistics.pointee.waits = Int64(measured?.waits ?? 0)
    unsafe statistics.pointee.waited_seconds = measured?.waitedSeconds ?? 0
    unsafe statistics.pointee.depth = Int64(measured?.depth ?? 0)
    unsafe statistics.pointee.threads = Int64(measured?.threads ?? 0)
    unsafe report?.pointee = CTexts.copy(measured?.description ?? "nothing has been read yet")
}
