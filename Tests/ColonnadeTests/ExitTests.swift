// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeSystem
import Foundation
import Testing

/// Tests that a function that never ends blocks only its own thread.
@Suite struct ExitTests {
    @Test(.timeLimit(.minutes(15)))
    func `a function that never ends does not keep a process from exiting, or a stream from being released`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let buffer = try Buffer(columns: ["x": Tensor((0..<100).map { Int64($0) })])
            let stream = try buffer.stream().map("x") { x in
                while try x.item(as: Int64.self) >= 3 { Thread.sleep(forTimeInterval: 60) }
                return x
            }.prefetched(depth: 8, threads: 3)
            try readTwo(of: stream)
            exit(7)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func `a main function may return while threads still work`() async {
        await #expect(processExitsWith: .success) {
            let buffer = try Buffer(columns: ["x": Tensor((0..<1000).map { Int64($0) })])
            let stream = try buffer.stream().map("x") { x in
                Thread.sleep(forTimeInterval: 0.001)
                return x
            }.batched(by: 10).prefetched(depth: 50, threads: 4)
            try readTwo(of: stream)
        }
    }

    #if os(Linux)
        @Test func `a forked child that uses a pass of its parent gets an error`() async {
            await #expect(processExitsWith: .success) {
                let buffer = try Buffer(columns: ["x": Tensor((0..<100).map { Int64($0) })])
                let stream = try buffer.stream().batched(by: 10).prefetched(depth: 2, threads: 1)
                var pass = stream.makeIterator()
                guard try pass.next() != nil, let fork = systemFork else { exit(1) }
                let child = fork()
                if child == 0 {
                    // Statistics are empty, and `stop` does nothing, because a thread that does not exist in the child
                    // may hold a lock.
                    pass.stop()
                    guard pass.statistics() == nil, stream.statistics() == nil else { _exit(2) }
                    do throws(ColonnadeError) {
                        _ = try pass.next()
                        _exit(3)
                    } catch {
                        _exit(error.code == .system && "\(error)".contains("forked") ? 0 : 4)
                    }
                }
                var status: Int32 = 0
                guard unsafe waitpid(child, &status, 0) == child, status == 0, try pass.next() != nil else { exit(5) }
            }
        }

        // The thread sanitizer and the Swift runtime have locks of their own, which a thread of the parent may hold.
        @Test(.enabled(if: unsafe dlsym(dlopen(nil, RTLD_NOW), "__tsan_init") == nil), .timeLimit(.minutes(15)))
        func `a forked child can share memory, whatever the threads of its parent were doing`() async {
            await #expect(processExitsWith: .success) {
                @Sendable func use(_ count: Int, of pool: TensorPool = TensorPool()) -> Bool {
                    var held: [TensorStorage] = []
                    for _ in 0..<count {
                        guard let storage = try? pool.take(byteCount: 1 << 17) else { return false }
                        held.append(storage)
                    }
                    return held.count == count
                }
                let common = TensorPool()
                guard use(2), use(3, of: common), let fork = systemFork else { exit(1) }
                // Most of the time one of the threads holds the lock of the shared memory, or that of the common pool.
                for _ in 0..<2 { try WorkerThread.start { while use(50), use(50, of: common) {} } }
                for _ in 0..<100 {
                    var storage = try? common.take(byteCount: 1 << 17)
                    let child = fork()
                    if child == 0 {
                        // A child that waits forever ends with a signal.
                        alarm(60)
                        guard storage != nil else { _exit(3) }
                        storage = nil
                        _exit(use(2) && use(2, of: common) ? 0 : 2)
                    }
                    var status: Int32 = 0
                    guard unsafe waitpid(child, &status, 0) == child, status == 0 else { exit(5) }
                }
                exit(0)
            }
        }

        @Test(.timeLimit(.minutes(15))) func `a forked child reads with threads of its own`() async {
            await #expect(processExitsWith: .success) {
                let buffer = try Buffer(columns: ["x": Tensor((0..<1000).map { Int64($0) })])
                let stream = try buffer.shuffled(seed: 1).stream().batched(by: 10).prefetched(depth: 4, threads: 2)
                func read() throws -> [Int64] {
                    var values: [Int64] = []
                    var pass = stream.makeIterator()
                    while let batch = try pass.next() { values += try batch["x"].elements(as: Int64.self) }
                    return values
                }
                let expected = try read()
                // The threads of the parent are idle when it forks.
                while IdleThreads.ofProcess.count != 2 { usleep(1000) }
                guard let fork = systemFork else { exit(1) }
                let child = fork()
                if child == 0 {
                    guard IdleThreads.ofProcess.count == 0 else { _exit(2) }
                    for _ in 0..<3 { guard (try? read()) == expected else { _exit(3) } }
                    _exit(0)
                }
                var status: Int32 = 0
                guard unsafe waitpid(child, &status, 0) == child, status == 0, try read() == expected else { exit(5) }
                guard IdleThreads.ofProcess.count <= 2 else { exit(6) }
            }
        }
    #endif
}

#if os(Linux)
    /// The function `fork`, which Swift hides because few functions may be called after it.
    private var systemFork: (@convention(c) () -> Int32)? {
        unsafe dlsym(dlopen(nil, RTLD_NOW), "fork").map {
            unsafe unsafeBitCast($0, to: (@convention(c) () -> Int32).self)
        }
    }
#endif

private func readTwo(of stream: Colonnade.Stream) throws {
    var pass = stream.makeIterator()
    for _ in 0..<2 {
        guard try pass.next() != nil else { exit(1) }
    }
}
