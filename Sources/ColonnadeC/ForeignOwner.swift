// SPDX-License-Identifier: Apache-2.0

internal import CColonnade

/// Owns an object of the caller, and releases it once.
@safe
final class ForeignOwner: @unchecked Sendable {
    let context: UnsafeMutableRawPointer?
    private let release: @convention(c) (UnsafeMutableRawPointer?) -> Void

    init(_ context: UnsafeMutableRawPointer?, _ release: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void) {
        unsafe self.context = context
        unsafe self.release = release
    }

    deinit { unsafe release(context) }
}
