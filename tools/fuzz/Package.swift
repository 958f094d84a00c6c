// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// A package of its own: fuzz targets bring a `main` from the fuzzer's runtime, which would break the linking of tests.
// `tools/dev fuzz` builds it with the sanitizers and runs each target.

let targets = ["FuzzFile", "FuzzIDX", "FuzzNumPy", "FuzzNPZ", "FuzzCSV", "FuzzJSONLines"]

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "colonnade", path: "../..")],
    targets: [.target(name: "CFuzzSupport")]
        + targets.map {
            .executableTarget(
                name: $0,
                dependencies: [
                    "CFuzzSupport",
                    .product(name: "Colonnade", package: "colonnade"),
                    .product(name: "ColonnadeIngest", package: "colonnade"),
                ])
        }
)
