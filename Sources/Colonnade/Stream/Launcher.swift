// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeSystem

/// The source of a process's rank and world size.
public enum Launcher: Sendable, Hashable {
    /// The environment variables of torchrun, `mlx.launch`, Open MPI, MPICH (also Intel MPI) or Slurm. Without any of
    /// them, the rank is 0 and the world size 1.
    ///
    /// The innermost launcher decides: torchrun and `mlx.launch` before MPI, and MPI before Slurm, since Slurm starts them on
    /// each node. Slurm counts only within a step of `srun`, which has `SLURM_STEP_NUM_TASKS` tasks: a batch script
    /// runs once, whatever `SLURM_NTASKS` says.
    case automatic

    /// The rank of a process, the world size, and the launcher that gave them.
    public struct Rank: Sendable, Hashable, CustomStringConvertible {
        public let rank: Int
        public let worldSize: Int
        /// The launchers that gave this rank, innermost first; empty if there was none.
        public let launchers: [String]

        /// The rank as text, such as `rank 3 of 8 (torchrun)`.
        public var description: String {
            "rank \(rank) of \(worldSize) (\(launchers.isEmpty ? "no launcher found" : launchers.joined(separator: ", ")))"
        }
    }

    /// Returns the rank that the innermost launcher gave. Throws `invalidArgument` if torchrun and `mlx.launch`
    /// disagree, or if the launcher that decides set only half of its variables, or set them to invalid values.
    public func rank() throws(ColonnadeError) -> Rank {
        try Launcher.detect(
            variable: { Syscalls.environment($0) }, file: { Syscalls.text(ofFile: $0) })
    }

    private typealias Claim = (name: String, rank: Int, worldSize: Int)

    /// Returns the rank that environment variables give. `variable` returns the value of a variable, and `file` the text of a file.
    ///
    /// Throws `invalidArgument` as `rank()` does.
    static func detect(
        variable: (String) -> String?, file: (String) -> String?
    ) throws(ColonnadeError) -> Rank {
        let inner = try [
            pair("torchrun", "RANK", "WORLD_SIZE", variable), mlx(variable, file),
        ].compactMap { $0 }
        if let first = inner.first, let second = inner.dropFirst().first {
            guard (first.rank, first.worldSize) == (second.rank, second.worldSize) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\(first.name) says rank \(first.rank) of \(first.worldSize), and \(second.name) says rank "
                        + "\(second.rank) of \(second.worldSize): give the rank and the number of ranks yourself, or unset the variables that do not hold"
                )
            }
        }
        // Variables of outer launchers may describe other processes. They decide only if there is no inner launcher.
        let claims =
            if let first = inner.first {
                inner + outer(variable).filter { ($0.rank, $0.worldSize) == (first.rank, first.worldSize) }
            } else {
                try [
                    pair("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", variable),
                    pair("MPICH", "PMI_RANK", "PMI_SIZE", variable), slurm(variable),
                ].compactMap { $0 }
            }
        guard let first = claims.first else { return Rank(rank: 0, worldSize: 1, launchers: []) }
        guard first.worldSize >= 1, first.rank >= 0, first.rank < first.worldSize else {
            throw ColonnadeError(
                .invalidArgument,
                "\(first.name) says rank \(first.rank) of \(first.worldSize), which is impossible: ranks count from 0, and are below the number of processes"
            )
        }
        let agreeing = claims.filter { ($0.rank, $0.worldSize) == (first.rank, first.worldSize) }
        return Rank(rank: first.rank, worldSize: first.worldSize, launchers: agreeing.map(\.name))
    }

    /// Returns the claims of Open MPI, MPICH and Slurm. Variables that cannot be parsed are ignored.
    private static func outer(_ variable: (String) -> String?) -> [Claim] {
        [
            (try? pair("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", variable)) ?? nil,
            (try? pair("MPICH", "PMI_RANK", "PMI_SIZE", variable)) ?? nil,
            (try? slurm(variable)) ?? nil,
        ].compactMap { $0 }
    }

    /// Returns the claim of a launcher that sets two variables; nil if it set none. Throws `invalidArgument` if it set
    /// only one, or if one is not an integer.
    private static func pair(
        _ name: String, _ rank: String, _ worldSize: String, _ variable: (String) -> String?
    ) throws(ColonnadeError) -> Claim? {
        let values = (variable(rank), variable(worldSize))
        if values.0 == nil && values.1 == nil { return nil }
        guard let number = values.0.flatMap({ Int($0) }), let size = values.1.flatMap({ Int($0) }) else {
            func quoted(_ value: String?) -> String { value.map { "\"\($0)\"" } ?? "unset" }
            throw ColonnadeError(
                .invalidArgument,
                "\(rank) and \(worldSize) must both be integers where \(name) starts a process; they are "
                    + "\(quoted(values.0)) and \(quoted(values.1))")
        }
        return (name, number, size)
    }

    /// Returns the claim of Slurm; nil unless `srun` started the process. In a batch script, `SLURM_PROCID` is 0 and
    /// `SLURM_NTASKS` is the number of tasks that steps may have, but the script runs once.
    private static func slurm(_ variable: (String) -> String?) throws(ColonnadeError) -> Claim? {
        guard variable("SLURM_PROCID") != nil, variable("SLURM_STEP_NUM_TASKS") != nil else { return nil }
        let step = variable("SLURM_STEP_ID") ?? variable("SLURM_STEPID")
        // Steps that srun did not start, such as the batch script, have names or the highest numbers.
        if let step, UInt64(step).map({ $0 >= 0xFFFF_FFF0 }) ?? true { return nil }
        return try pair("Slurm", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", variable)
    }

    /// Returns the claim of `mlx.launch`. Each of its backends gives the number of processes in another way: a file
    /// with a list of hosts for ring, a file with a row of devices for each process for JACCL, and a number for NCCL.
    private static func mlx(
        _ variable: (String) -> String?, _ file: (String) -> String?
    ) throws(ColonnadeError) -> Claim? {
        guard let rank = variable("MLX_RANK") else { return nil }
        for list in ["MLX_HOSTFILE", "MLX_IBV_DEVICES"] {
            guard let path = variable(list) else { continue }
            guard let number = Int(rank), let size = file(path).flatMap({ entries(ofJSONArray: $0) }) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "mlx.launch sets MLX_RANK to an integer, and \(list) to a file with a list that has an entry for each "
                        + "process, but they are \(rank) and \(path)")
            }
            return ("mlx.launch", number, size)
        }
        return try pair("mlx.launch", "MLX_RANK", "MLX_WORLD_SIZE", variable)
    }

    /// Returns the number of entries of a JSON array of any contents; nil if the text is no array.
    static func entries(ofJSONArray text: String) -> Int? {
        var (depth, commas) = (0, 0)
        var (isInString, isEscaped, hasContent, isClosed) = (false, false, false, false)
        for character in text.unicodeScalars {
            if isInString {
                if !isEscaped, character == "\"" { isInString = false }
                isEscaped = !isEscaped && character == "\\"
                continue
            }
            if character.properties.isWhitespace { continue }
            if isClosed || depth == 0 && character != "[" { return nil }
            switch character {
            case "[", "{":
                if depth > 0 { hasContent = true }
                depth += 1
            case "]", "}":
                depth -= 1
                isClosed = depth == 0
            case "\"": (isInString, hasContent) = (true, true)
            case ",": if depth == 1 { commas += 1 }
            default: hasContent = true
            }
        }
        return isClosed ? (hasContent ? commas + 1 : 0) : nil
    }
}
