// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeSystem

/// Processes of this program that each do a task.
struct WorkerProcesses {
    /// The exit status of a process that a signal interrupted, and that has cleaned up.
    private static let interrupted = 130
    private var running: [Int] = []
    /// The number of waits, of 10 ms each, after which processes that were asked to end are killed.
    private var waitsUntilKill: Int?
    /// The exit status of the first process that failed.
    private var failure: Int?

    /// Starts a process for each list of arguments, and waits for all. When one fails, or after Ctrl-C, the others are asked to end.
    ///
    /// Throws the exit code of the first process that failed, which has reported its error; `cancelled` after Ctrl-C; `system`.
    static func run(_ arguments: [[String]]) throws {
        var workers = WorkerProcesses()
        do throws(ColonnadeError) {
            for words in arguments { workers.running.append(try Syscalls.startAgain(words)) }
            try workers.wait()
        } catch {
            workers.end()
            throw error
        }
        if Interrupts.requested { throw ColonnadeError(.cancelled, "stopped on request; nothing was written") }
        if let failure = workers.failure { throw ExitCode(Int32(failure)) }
    }

    private mutating func wait() throws(ColonnadeError) {
        // Processes of a terminal get its Ctrl-C themselves, and a second signal would end them before they have cleaned up.
        var patience = 200
        while !running.isEmpty {
            if try collect() { continue }
            rest()
            if Interrupts.requested { patience -= 1 }
            if patience == 0 { interrupt() }
        }
    }

    /// Removes the processes that have ended. Returns whether there were some.
    private mutating func collect() throws(ColonnadeError) -> Bool {
        for process in running {
            guard let status = try Syscalls.exitStatus(ofProcess: process) else { continue }
            running.removeAll { $0 == process }
            if status != 0, failure == nil {
                failure = status
                if !Interrupts.requested { interrupt() }
                if status > 128, status != WorkerProcesses.interrupted {
                    Console.complain("signal \(status - 128) ended a process that wrote a part of the rows")
                }
            }
            return true
        }
        return false
    }

    private mutating func interrupt() {
        for process in running { Syscalls.interrupt(process: process) }
        waitsUntilKill = waitsUntilKill ?? 3000
    }

    /// Waits for 10 ms, and kills processes that do not end although they were asked to.
    private mutating func rest() {
        Syscalls.sleep(milliseconds: 10)
        guard let waits = waitsUntilKill else { return }
        waitsUntilKill = waits - 1
        if waits == 0 { for process in running { Syscalls.end(process: process) } }
    }

    /// Ends all processes, and waits for them.
    private mutating func end() {
        interrupt()
        while !running.isEmpty {
            // The loop ends if the system does not tell about the processes.
            guard let isSome = try? collect() else { return }
            if !isSome { rest() }
        }
    }
}
