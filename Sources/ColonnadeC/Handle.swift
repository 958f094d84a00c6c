// SPDX-License-Identifier: Apache-2.0

internal import CColonnade

/// Converts objects to opaque pointers and back. Each returned pointer owns one reference.
enum Handle {
    static func make(_ object: some AnyObject) -> OpaquePointer {
        unsafe OpaquePointer(Unmanaged.passRetained(object).toOpaque())
    }

    static func lend(_ object: some AnyObject) -> OpaquePointer {
        unsafe OpaquePointer(Unmanaged.passUnretained(object).toOpaque())
    }

    static func pipeline(_ pointer: OpaquePointer) -> PipelineHandle { unsafe object(pointer) }

    static func pass(_ pointer: OpaquePointer) -> PassHandle { unsafe object(pointer) }

    static func object<Object: AnyObject>(_ pointer: OpaquePointer) -> Object {
        unsafe Unmanaged<Object>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }
}
