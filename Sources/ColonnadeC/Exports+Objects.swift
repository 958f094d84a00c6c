// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

internal import CColonnade
internal import ColonnadeCore
internal import ColonnadeSystem

@c @implementation
public func colonnade_abi_version() -> UInt32 {
    UInt32(COLONNADE_ABI_VERSION)
}

@c @implementation
public func colonnade_version() -> UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(releaseVersion.utf8Start).assumingMemoryBound(to: CChar.self)
}

@c @implementation
public func colonnade_release(_ object: UnsafeMutableRawPointer?) {
    guard let object = unsafe object else { return }
    unsafe Unmanaged<AnyObject>.fromOpaque(object).release()
}

@c @implementation
public func colonnade_retain(_ object: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    unsafe Unmanaged<AnyObject>.fromOpaque(object).retain().toOpaque()
}

@c @implementation
public func colonnade_free(_ text: UnsafeMutablePointer<CChar>?) {
    unsafe text?.deallocate()
}

@c @implementation
public func colonnade_ask_while_waiting(_ shouldStop: @convention(c) () -> Int32) {
    Interrupts.whileWaiting { shouldStop() != 0 }
}

@c @implementation
public func colonnade_end_idle_threads() {
    IdleThreads.ofProcess.endAll()
}
