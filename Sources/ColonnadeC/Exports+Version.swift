// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

@c @implementation
public func colonnade_abi_version() -> UInt32 {
    UInt32(COLONNADE_ABI_VERSION)
}

@c @implementation
public func colonnade_version() -> UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(releaseVersion.utf8Start).assumingMemoryBound(to: CChar.self)
}
