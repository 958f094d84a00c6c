// SPDX-License-Identifier: Apache-2.0

#if DEBUG
    import ColonnadeCore

    /// An object with which a test makes the n-th system call of a piece of code fail:
    ///
    ///     FaultInjection.$current.withValue(FaultInjection(failing: 3, with: ENOSPC)) { … }
    ///
    /// The current object is task-local, so tests that run in parallel do not disturb each other. Release builds do not
    /// have it.
    package final class FaultInjection: Sendable {
        @TaskLocal package static var current: FaultInjection?

        private let failing: Int
        private let code: Int32
        private let last: Int
        private let action: (@Sendable () -> Void)?
        private let state = Monitor<(calls: Int, failed: String?)>((0, nil))

        /// Makes one call fail, or all calls from one on.
        ///
        /// - Parameters:
        ///   - failing: the number of the call that fails, counted from 0.
        ///   - persistent: whether all later calls fail too, as on a full disk.
        package init(failing: Int, with code: Int32, persistent: Bool = false) {
            self.failing = failing
            self.code = code
            last = persistent ? .max : failing
            action = nil
        }

        /// Makes several consecutive calls fail, from `failing` through `last`.
        package init(failing: Int, through last: Int, with code: Int32) {
            self.failing = failing
            self.code = code
            self.last = last
            action = nil
        }

        /// Runs `action` before a call, to simulate another process, or a call whose answer is lost. The call fails unless
        /// `code` is 0.
        package init(before call: Int, failingWith code: Int32 = 0, _ action: @escaping @Sendable () -> Void) {
            failing = call
            self.code = code
            last = call
            self.action = action
        }

        /// The number of calls until now.
        package var calls: Int { state.withLock { $0.calls } }

        /// The name of the call that failed, or nil.
        package var failed: String? { state.withLock { $0.failed } }

        func next(_ call: StaticString) -> Int32? {
            let isNow = state.withLock { $0.calls == failing }
            if isNow, let action { FaultInjection.$current.withValue(nil) { action() } }
            return state.withLock { state in
                defer { state.calls += 1 }
                guard failing...last ~= state.calls else { return nil }
                state.failed = state.failed ?? "\(call)"
                guard code != 0 else { return nil }
                return code
            }
        }
    }
#endif
