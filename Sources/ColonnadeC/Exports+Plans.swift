// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import ColonnadeCore

@c @implementation
public func colonnade_plan(
    _ pipeline: OpaquePointer, _ keep: colonnade_keep?, _ context: UnsafeMutableRawPointer?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> UnsafeMutablePointer<CChar>? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        var writer = unsafe PlanWriter(hasObjects: keep != nil)
        let text = try unsafe writer.text(of: Handle.pipeline(pipeline).plan)
        for object in writer.objects {
            switch object {
            case .function(let function):
                unsafe keep?(context, Int32(COLONNADE_OBJECT_FUNCTION), function.context)
            case .source(let source): unsafe keep?(context, Int32(COLONNADE_OBJECT_SOURCE), source.context)
            case .samples(let samples):
                unsafe keep?(context, Int32(COLONNADE_OBJECT_SAMPLES), UnsafeMutableRawPointer(Handle.lend(samples)))
            }
        }
        return unsafe CTexts.copy(String(decoding: text, as: UTF8.self))
    }
}

@c @implementation
public func colonnade_from_plan(
    _ text: UnsafePointer<CChar>, _ size: Int, _ make: colonnade_make?, _ context: UnsafeMutableRawPointer?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let reader = unsafe PlanReader(make: make.map { (make) in unsafe maker(make, context) })
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: text, count: size))
        return unsafe Handle.make(try reader.pipeline(of: bytes))
    }
}

/// Returns the function of the program that makes the pipelines of steps with objects.
private func maker(_ make: colonnade_make, _ context: UnsafeMutableRawPointer?) -> PlanReader.Make {
    { (object, given, operation, arguments) throws(ColonnadeError) in
        let made: OpaquePointer
        do {
            let texts = CTexts([operation, String(decoding: arguments, as: UTF8.self)])
            unsafe made = try Failure.calling { error in
                unsafe make(
                    context, object, given.map { unsafe Handle.lend($0) }, texts.pointers[0]!, texts.pointers[1]!, error
                )
            }
        } catch let error as ColonnadeError {
            throw error
        } catch {
            throw ColonnadeError(.userFunction, "the function that makes steps threw \(error)", underlying: error)
        }
        defer { unsafe colonnade_release(UnsafeMutableRawPointer(made)) }
        return unsafe Handle.pipeline(made)
    }
}

@c @implementation
public func colonnade_operations_since(_ earlier: OpaquePointer, _ pipeline: OpaquePointer) -> Int64 {
    let count = unsafe Handle.pipeline(pipeline).plan.count(since: Handle.pipeline(earlier).plan)
    return Int64(count ?? -1)
}

@c @implementation
public func colonnade_before(
    _ pipeline: OpaquePointer, _ count: Int64, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let (before, _) = try unsafe Handle.pipeline(pipeline).plan.last(Int(count))
        return unsafe Handle.make(try before.pipeline())
    }
}

@c @implementation
public func colonnade_reapply(
    _ pipeline: OpaquePointer, _ count: Int64, _ onto: OpaquePointer, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let (_, steps) = try unsafe Handle.pipeline(pipeline).plan.last(Int(count))
        var result = unsafe Handle.pipeline(onto)
        for step in steps {
            let others = try step.others.map { (other) throws(ColonnadeError) in try other.pipeline() }
            result = try step.apply(to: result, others)
        }
        return unsafe Handle.make(result)
    }
}
