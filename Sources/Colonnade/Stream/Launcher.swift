// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
import ColonnadeSystem

/// How a process learns which of several it is.
public enum Launcher: Sendable, Hashable {
    /// From the variables that torchrun, `mlx.launch` (ring), Slurm or Open MPI set; one process alone where none has.
    case automatic

    /// Which of how many a process is, and who said so.
    public struct Rank: Sendable, Hashable, CustomStringConvertible {
        public let rank: Int
        public let worldSize: Int
        /// The launchers that say so, which may be several; none for a process alone.
        public let launchers: [String]

        /// `rank 3 of 8 (torchrun)`.
        public var description: String {
            "rank \(rank) of \(worldSize) (\(launchers.isEmpty ? "no launcher found" : launchers.joined(separator: ", ")))"
        }
    }

    /// What the launcher says. Throws `invalidArgument` where two disagree, or one says half of it or nonsense.
    public func rank() throws(ColonnadeError) -> Rank {
        try Launcher.found(
            variable: { Syscalls.environment($0) }, file: { Syscalls.text(ofFile: $0) })
    }

    /// Pairs of variables, by launcher.
    private static let variables = [
        (name: "torchrun", rank: "RANK", worldSize: "WORLD_SIZE"),
        (name: "Slurm", rank: "SLURM_PROCID", worldSize: "SLURM_NTASKS"),
        (name: "Open MPI", rank: "OMPI_COMM_WORLD_RANK", worldSize: "OMPI_COMM_WORLD_SIZE"),
    ]

    static func found(
        variable: (String) -> String?, file: (String) -> String?
    ) throws(ColonnadeError) -> Rank {
        var found: [(name: String, rank: Int, worldSize: Int)] = []
        for (name, rank, worldSize) in variables {
            let values = (variable(rank), variable(worldSize))
            if values.0 == nil && values.1 == nil { continue }
            // Slurm says to every process in an allocation how many tasks there are; which one it is, only under srun.
            if name == "Slurm", values.0 == nil { continue }
            guard let rankNumber = values.0.flatMap({ Int($0) }), let size = values.1.flatMap({ Int($0) }) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\(name) is to set \(rank) and \(worldSize) to numbers, and they are \(values.0 ?? "missing") and "
                        + "\(values.1 ?? "missing")")
            }
            found.append((name, rankNumber, size))
        }
        if let rank = variable("MLX_RANK"), let path = variable("MLX_HOSTFILE") {
            guard let number = Int(rank), let hosts = file(path).flatMap({ entries(ofJSONArray: $0) }) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "mlx.launch is to set MLX_RANK to a number and MLX_HOSTFILE to a file with a list of hosts, and they are "
                        + "\(rank) and \(path)")
            }
            found.append(("mlx.launch", number, hosts))
        }
        guard let first = found.first else { return Rank(rank: 0, worldSize: 1, launchers: []) }
        for other in found where (other.rank, other.worldSize) != (first.rank, first.worldSize) {
            throw ColonnadeError(
                .invalidArgument,
                "\(first.name) says rank \(first.rank) of \(first.worldSize), and \(other.name) says rank \(other.rank) of "
                    + "\(other.worldSize): give rank and number by hand, or unset what does not hold")
        }
        guard first.worldSize >= 1, first.rank >= 0, first.rank < first.worldSize else {
            throw ColonnadeError(
                .invalidArgument, "\(first.name) says rank \(first.rank) of \(first.worldSize), which cannot be")
        }
        return Rank(rank: first.rank, worldSize: first.worldSize, launchers: found.map(\.name))
    }

    /// How many entries a JSON array has, whatever they are; nil if the text is none.
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
