// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@testable import Colonnade

/// Tests the variables that launchers set in the environment.
@Suite struct LauncherTests {
    private func rank(_ variables: [String: String], files: [String: String] = [:]) throws -> String {
        try Launcher.detect(variable: { variables[$0] }, file: { files[$0] }).description
    }

    private func message(_ variables: [String: String], files: [String: String] = [:]) -> String {
        let error = #expect(throws: ColonnadeError.self) { try rank(variables, files: files) }
        #expect(error?.code == .invalidArgument)
        return error?.message ?? ""
    }

    @Test func `each launcher is recognised, and without one there is a single process`() throws {
        #expect(try rank([:]) == "rank 0 of 1 (no launcher found)")
        #expect(try rank(["RANK": "3", "WORLD_SIZE": "8"]) == "rank 3 of 8 (torchrun)")
        #expect(
            try rank(["SLURM_PROCID": "1", "SLURM_NTASKS": "2", "SLURM_STEP_NUM_TASKS": "2", "SLURM_STEP_ID": "0"])
                == "rank 1 of 2 (Slurm)")
        #expect(
            try rank(["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "4"]) == "rank 0 of 4 (Open MPI)")
    }

    @Test func `the hosts of mlx are counted, with any contents`() throws {
        let variables = ["MLX_RANK": "2", "MLX_HOSTFILE": "/h"]
        #expect(
            try rank(variables, files: ["/h": #"[["127.0.0.1:5000"], ["a,b]:1", "c:2"], ["d\"]"]]"#])
                == "rank 2 of 3 (mlx.launch)")
        #expect(
            try rank(variables, files: ["/h": #" [ {"ssh": "x"}, {"ssh": "y"}, "z", [] ] "#]).hasPrefix("rank 2 of 4"))
        #expect(message(variables).contains("MLX_HOSTFILE"))
        for text in ["", "{}", "[1, 2, 3", "[1] x", "3"] {
            #expect(message(variables, files: ["/h": text]).contains("list that has an entry for each process"))
        }
        #expect(message(["MLX_RANK": "0", "MLX_HOSTFILE": "/h"], files: ["/h": "[]"]).contains("impossible"))
    }

    @Test func `each backend of mlx gives the number of processes`() throws {
        let matrix = #"[[null, "rdma_en2"], ["rdma_en3", null]]"#
        #expect(
            try rank(["MLX_RANK": "1", "MLX_IBV_DEVICES": "/d", "MLX_JACCL_COORDINATOR": "a:1"], files: ["/d": matrix])
                == "rank 1 of 2 (mlx.launch)")
        #expect(try rank(["MLX_RANK": "5", "MLX_WORLD_SIZE": "8"]) == "rank 5 of 8 (mlx.launch)")
        #expect(message(["MLX_RANK": "1", "MLX_IBV_DEVICES": "/d"]).contains("MLX_IBV_DEVICES"))
        #expect(message(["MLX_RANK": "1"]).contains("MLX_WORLD_SIZE"))
    }

    @Test func `MPICH and related launchers are recognised`() throws {
        #expect(try rank(["PMI_RANK": "3", "PMI_SIZE": "4"]) == "rank 3 of 4 (MPICH)")
        let slurm = ["SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2"]
        #expect(try rank(slurm.merging(["PMI_RANK": "1", "PMI_SIZE": "2"]) { $1 }) == "rank 1 of 2 (MPICH, Slurm)")
    }

    @Test func `Slurm's variables count only within a step of srun`() throws {
        let alone = "rank 0 of 1 (no launcher found)"
        // An allocation has a number of tasks, but a batch script runs only once.
        #expect(try rank(["SLURM_NTASKS": "2"]) == alone)
        let script = ["SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_JOB_ID": "7"]
        #expect(try rank(script) == alone)
        // A batch script that was submitted from a step also has the variables of that step.
        for step in ["4294967291", "4294967290", "batch", "interactive"] {
            #expect(
                try rank(script.merging(["SLURM_STEP_NUM_TASKS": "4", "SLURM_STEP_ID": step]) { $1 }) == alone,
                "\(step)")
        }
        // A step with fewer tasks than the allocation: a shell of `srun --pty`, or `srun -n 2`.
        #expect(try rank(script.merging(["SLURM_STEP_NUM_TASKS": "1"]) { $1 }) == "rank 0 of 1 (Slurm)")
        #expect(try rank(script.merging(["SLURM_STEP_NUM_TASKS": "2"]) { $1 }) == "rank 0 of 2 (Slurm)")
        #expect(try rank(script.merging(["SLURM_STEP_NUM_TASKS": "4"]) { $1 }) == "rank 0 of 4 (Slurm)")
        let wrong = message(["SLURM_PROCID": "5", "SLURM_STEP_NUM_TASKS": "4"])
        #expect(wrong.contains("Slurm says rank 5 of 4"))
        #expect(message(["SLURM_PROCID": "x", "SLURM_STEP_NUM_TASKS": "4"]).contains("\"x\" and \"4\""))
    }

    @Test func `the innermost launcher decides, and launchers that agree are named`() throws {
        let slurm = ["SLURM_PROCID": "1", "SLURM_NTASKS": "2", "SLURM_STEP_NUM_TASKS": "2"]
        let torchrun = ["RANK": "1", "WORLD_SIZE": "2"]
        #expect(try rank(slurm.merging(torchrun) { $1 }) == "rank 1 of 2 (torchrun, Slurm)")
        // `srun torchrun` on two nodes with eight processes each: Slurm counts the nodes.
        let nodes = slurm.merging(["RANK": "13", "WORLD_SIZE": "16"]) { $1 }
        #expect(try rank(nodes) == "rank 13 of 16 (torchrun)")
        #expect(try rank(nodes.merging(["SLURM_PROCID": "x"]) { $1 }) == "rank 13 of 16 (torchrun)")
        let openMPI = ["OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4"]
        #expect(try rank(openMPI.merging(torchrun) { $1 }) == "rank 1 of 2 (torchrun)")
        // `mpirun` starts its processes through Slurm, with one task on each node.
        #expect(try rank(slurm.merging(openMPI) { $1 }) == "rank 3 of 4 (Open MPI)")
        let mlx = ["MLX_RANK": "2", "MLX_HOSTFILE": "/h"]
        let files = ["/h": #"["a", "b", "c"]"#]
        #expect(try rank(slurm.merging(mlx) { $1 }, files: files) == "rank 2 of 3 (mlx.launch)")
        let text = message(torchrun.merging(mlx) { $1 }, files: files)
        #expect(text.contains("torchrun says rank 1 of 2") && text.contains("mlx.launch says rank 2 of 3"))
    }

    @Test func `explain names the launcher`() throws {
        let found = try Launcher.automatic.rank()
        for plan in [
            try counting(9).sharded(.automatic).explain(), try counting(9).stream().sharded(.automatic).explain(),
            try counting(9).stream().repeated(1).sharded(.automatic).explain(),
        ] {
            #expect(plan.contains("\(found), what is left over: drop"))
        }
        #expect(try counting(9).sharded(rank: 1, of: 3).explain().contains("rank 1 of 3, what is left over: drop"))
    }

    @Test func `incomplete and invalid variables are errors`() {
        #expect(message(["RANK": "1"]).contains("WORLD_SIZE"))
        #expect(message(["WORLD_SIZE": "2"]).contains("RANK"))
        #expect(message(["RANK": "one", "WORLD_SIZE": "2"]).contains("one"))
        #expect(message(["RANK": "2", "WORLD_SIZE": "2"]).contains("impossible"))
        #expect(message(["RANK": "-1", "WORLD_SIZE": "2"]).contains("impossible"))
        #expect(message(["RANK": "0", "WORLD_SIZE": "0"]).contains("impossible"))
    }
}
