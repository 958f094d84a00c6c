// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@testable import Colonnade

/// What launchers say in the environment.
@Suite struct LauncherTests {
    private func rank(_ variables: [String: String], files: [String: String] = [:]) throws -> String {
        try Launcher.found(variable: { variables[$0] }, file: { files[$0] }).description
    }

    private func message(_ variables: [String: String], files: [String: String] = [:]) -> String {
        let error = #expect(throws: ColonnadeError.self) { try rank(variables, files: files) }
        #expect(error?.code == .invalidArgument)
        return error?.message ?? ""
    }

    @Test func `each launcher is understood, and none is a process alone`() throws {
        #expect(try rank([:]) == "rank 0 of 1 (no launcher found)")
        #expect(try rank(["RANK": "3", "WORLD_SIZE": "8"]) == "rank 3 of 8 (torchrun)")
        #expect(try rank(["SLURM_PROCID": "1", "SLURM_NTASKS": "2"]) == "rank 1 of 2 (Slurm)")
        #expect(
            try rank(["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "4"]) == "rank 0 of 4 (Open MPI)")
        // An allocation of Slurm says how many tasks there may be; who is none of them is alone.
        #expect(try rank(["SLURM_NTASKS": "2"]) == "rank 0 of 1 (no launcher found)")
    }

    @Test func `the hosts of mlx are counted, whatever they are`() throws {
        let variables = ["MLX_RANK": "2", "MLX_HOSTFILE": "/h"]
        #expect(
            try rank(variables, files: ["/h": #"[["127.0.0.1:5000"], ["a,b]:1", "c:2"], ["d\"]"]]"#])
                == "rank 2 of 3 (mlx.launch)")
        #expect(
            try rank(variables, files: ["/h": #" [ {"ssh": "x"}, {"ssh": "y"}, "z", [] ] "#]).hasPrefix("rank 2 of 4"))
        #expect(message(variables).contains("MLX_HOSTFILE"))
        for text in ["", "{}", "[1, 2, 3", "[1] x", "3"] {
            #expect(message(variables, files: ["/h": text]).contains("list of hosts"))
        }
        #expect(message(["MLX_RANK": "0", "MLX_HOSTFILE": "/h"], files: ["/h": "[]"]).contains("cannot be"))
    }

    @Test func `launchers that agree are both named, and ones that disagree are an error`() throws {
        let both = ["RANK": "1", "WORLD_SIZE": "2", "SLURM_PROCID": "1", "SLURM_NTASKS": "2"]
        #expect(try rank(both) == "rank 1 of 2 (torchrun, Slurm)")
        let text = message(both.merging(["SLURM_PROCID": "0"]) { $1 })
        #expect(text.contains("torchrun says rank 1 of 2") && text.contains("Slurm says rank 0 of 2"))
    }

    @Test func `half of it, and nonsense, are errors`() {
        #expect(message(["RANK": "1"]).contains("WORLD_SIZE"))
        #expect(message(["WORLD_SIZE": "2"]).contains("RANK"))
        #expect(message(["RANK": "one", "WORLD_SIZE": "2"]).contains("one"))
        #expect(message(["RANK": "2", "WORLD_SIZE": "2"]).contains("cannot be"))
        #expect(message(["RANK": "-1", "WORLD_SIZE": "2"]).contains("cannot be"))
        #expect(message(["RANK": "0", "WORLD_SIZE": "0"]).contains("cannot be"))
    }
}
