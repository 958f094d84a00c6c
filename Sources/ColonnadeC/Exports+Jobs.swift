// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import ColonnadeCore
internal import ColonnadeStore

@c @implementation
public func colonnade_task_rows(
    _ path: UnsafePointer<CChar>, _ job: UnsafePointer<CChar>, _ task: Int64, _ taskCount: Int64,
    _ sources: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    unsafe number(error) { () throws(ColonnadeError) in
        let job = try unsafe DatasetJob(String(path: job), in: String(path: path))
        let sources = unsafe sources.map { unsafe TaskSources(ofJob: "", ofTask: String(cString: $0)) }
        return try job.rowCount(ofTask: Int(task), of: taskCount == 0 ? nil : Int(taskCount), sources: sources) ?? -2
    }
}

@c @implementation
public func colonnade_write_fragment(
    _ path: UnsafePointer<CChar>, _ job: UnsafePointer<CChar>, _ task: Int64, _ taskCount: Int64,
    _ fields: UnsafePointer<colonnade_field>?, _ fieldCount: Int, _ options: UnsafePointer<colonnade_writer_options>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let job = try unsafe DatasetJob(String(path: job), in: String(path: path))
        let writer = try unsafe TaskWriter(
            job, task: Int(task), of: taskCount == 0 ? nil : Int(taskCount), schema: Schema(fields, count: fieldCount),
            options: writerOptions(options))
        return unsafe Handle.make(WriterHandle(RowWriter(writer)))
    }
}

@c @implementation
public func colonnade_commit(
    _ path: UnsafePointer<CChar>, _ job: UnsafePointer<CChar>, _ taskCount: Int64,
    _ tasks: UnsafePointer<Int64>?, _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    unsafe number(error) { () throws(ColonnadeError) in
        let job = try unsafe DatasetJob(String(path: job), in: String(path: path))
        let summary =
            if let tasks = unsafe tasks {
                try job.commit(tasks: (0..<Int(taskCount)).map { unsafe Int(tasks[$0]) })
            } else {
                try job.commit(taskCount: taskCount == 0 ? nil : Int(taskCount))
            }
        return summary.version ?? 0
    }
}

@c @implementation
public func colonnade_commit_new(
    _ path: UnsafePointer<CChar>, _ job: UnsafePointer<CChar>, _ taskCount: Int64,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    unsafe number(error) { () throws(ColonnadeError) in
        let job = try unsafe DatasetJob(String(path: job), in: String(path: path))
        let summary = try job.commit(.all(Int(taskCount)), isCreating: true)
        job.discard(andEmpty: false)
        return summary.rowCount
    }
}

@c @implementation
public func colonnade_discard_job(_ path: UnsafePointer<CChar>, _ job: UnsafePointer<CChar>, _ removesFolder: Bool) {
    guard let job = try? unsafe DatasetJob(String(path: job), in: String(path: path)) else { return }
    job.discard(andEmpty: removesFolder)
}
