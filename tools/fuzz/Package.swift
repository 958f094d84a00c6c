// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Fuzz targets, in a package of their own since libFuzzer would break `swift test`. `./tools/dev fuzz` builds and runs
/// them.
let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "colonnade", path: "../..")],
    targets: [
        .target(name: "CFuzzer"),
        .target(
            name: "FuzzSupport",
            dependencies: [
                "CFuzzer",
                .product(name: "Colonnade", package: "colonnade"),
                .product(name: "ColonnadeIngest", package: "colonnade"),
                .product(name: "ColonnadeMedia", package: "colonnade"),
            ]),
    ]
        + [
            "FuzzDataset", "FuzzIDX", "FuzzNumPy", "FuzzNPZ", "FuzzCSV", "FuzzJSONLines", "FuzzSentencePiece",
            "FuzzTar", "FuzzImage", "FuzzAudio", "FuzzSources",
        ].map {
            .executableTarget(name: $0, dependencies: ["FuzzSupport"])
        }
)
