// SPDX-License-Identifier: Apache-2.0

#if DEBUG
    import ColonnadeCore

    /// Lets a test make the n-th system call of a piece of code fail:
    ///
    ///     FaultInjection.$current.withValue(FaultInjection(failing: 3, with: ENOSPC)) { … }
    ///
    /// Task-local, so tests that run side by side do not disturb each other. Not there in release builds.
    package final class FaultInjection: Sendable {
        @TaskLocal package static var current: FaultInjection?

        private let failing: Int
        private let code: Int32
        private let last: Int
        private let action: (@Sendable () -> Void)?
        private let state = Monitor<(calls: Int, failed: String?)>((0, nil))

        /// - Parameters:
        ///   - failing: which call fails, counted from 0.
        ///   - persistent: whether all calls after it fail too, as on a full disk.
        package init(failing: Int, with code: Int32, persistent: Bool = false) {
            self.failing = failing
            self.code = code
            last = persistent ? .max : failing
            action = nil
        }

        /// Some calls in a row fail.
        package init(failing: Int, through last: Int, with code: Int32) {
            self.failing = failing
            self.code = code
            self.last = last
            action = nil
        }

        /// No call fails, but something else happens just before that one: what another process might do.
        package init(before call: Int, _ action: @escaping @Sendable () -> Void) {
            failing = call
            code = 0
            last = call
            self.action = action
        }

        /// Calls made so far.
        package var calls: Int { state.withLock { $0.calls } }

        /// The call that was made to fail.
        package var failed: String? { state.withLock { $0.failed } }

        func next(_ call: StaticString) -> Int32? {
            let isNow = state.withLock { $0.calls == failing }
            if isNow, let action { FaultInjection.$current.withValue(nil) { action() } }
            return state.withLock { state in
                defer { state.calls += 1 }
                guard failing...last ~= state.calls else { return nil }
                state.failed = state.failed ?? "\(call)"
                guard action == nil else { return nil }
                return code
            }
        }
    }
#endif
