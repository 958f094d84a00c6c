// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Every Swift target: unsafe code is marked where it stands, and a warning does not land.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let strictC: [CSetting] = [.treatAllWarnings(as: .error)]

// A build that needs only some targets names them: "library" has neither programs nor tests, "all" has the programs, and "check" has
// AllocationCheck too.
let purpose = Context.environment["COLONNADE_PACKAGE"]

/// In Python's wheel the command and the interface for C are small rather than fast: their work is in the libraries.
let small: [SwiftSetting] = purpose == nil ? [] : [.unsafeFlags(["-Osize"])]

/// In dependency order: a target imports only targets above it (`tools/check-layers`).
let package = Package(
    name: "colonnade",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Colonnade", targets: ["Colonnade"]),
        .library(name: "ColonnadeIngest", targets: ["ColonnadeIngest"]),
        .library(name: "ColonnadeMedia", targets: ["ColonnadeMedia"]),
        .library(name: "ColonnadeC", type: .static, targets: ["ColonnadeC"]),
    ],
    dependencies: [],
    targets: [
        // Words: what everything else is said in.
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .systemLibrary(
            name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"]), .brew(["lz4"])]),
        // Only ColonnadeMedia needs the libraries for pictures.
        .systemLibrary(
            name: "CJPEG", pkgConfig: "libjpeg",
            providers: [.apt(["libjpeg62-turbo-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(
            name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
        .target(name: "CArrow", cSettings: strictC),
        .target(name: "CColonnade", cSettings: strictC),
        .target(name: "CColonnadeAudio", cSettings: strictC),
        .target(name: "CColonnadeKernels", cSettings: strictC),
        .target(name: "ColonnadeCore", swiftSettings: strict),

        // Parts: pure, but for System, which alone speaks to the operating system.
        .target(
            name: "ColonnadeFormat", dependencies: ["ColonnadeCore", "CColonnadeKernels"],
            swiftSettings: strict),
        .target(
            name: "ColonnadeCodecs", dependencies: ["ColonnadeCore", "CZlib", "CZstd", "CLZ4"],
            swiftSettings: strict),
        .target(
            name: "ColonnadeSystem", dependencies: ["ColonnadeCore", "CColonnadeKernels"], swiftSettings: strict),

        .target(name: "CColonnadeImages", dependencies: ["CJPEG", "CPNG", "CWebP", "CZlib"], cSettings: strictC),

        // Data sets on disk.
        .target(
            name: "ColonnadeStore",
            dependencies: [
                "ColonnadeCore", "ColonnadeFormat", "ColonnadeCodecs", "ColonnadeSystem", "CColonnadeKernels",
            ],
            swiftSettings: strict),

        // Pipelines.
        .target(
            name: "Colonnade",
            dependencies: [
                "ColonnadeCore", "ColonnadeFormat", "ColonnadeSystem", "ColonnadeStore", "CColonnadeKernels",
            ],
            swiftSettings: strict),

        // Sources: of data sets and of streams.
        .target(
            name: "ColonnadeIngest",
            dependencies: [
                "CArrow", "ColonnadeCore", "ColonnadeCodecs", "ColonnadeSystem", "ColonnadeStore", "Colonnade",
            ],
            swiftSettings: strict),

        // Pictures and audio: decoding and encoding, as steps of pipelines and of an ingest too.
        .target(
            name: "ColonnadeMedia",
            dependencies: [
                "CColonnadeAudio", "CColonnadeImages", "ColonnadeCore", "ColonnadeSystem", "Colonnade",
                "ColonnadeIngest",
            ],
            swiftSettings: strict),

        // The same for C: the header is in CColonnade. Python's extension is made from this.
        .target(
            name: "ColonnadeC",
            dependencies: [
                "CArrow", "CColonnade", "ColonnadeCore", "ColonnadeSystem", "ColonnadeStore", "Colonnade",
                "ColonnadeIngest", "ColonnadeMedia",
            ],
            swiftSettings: strict + small),

        // Tests, one target a module.
        .testTarget(name: "ColonnadeCoreTests", dependencies: ["ColonnadeCore"], swiftSettings: strict),
        .testTarget(
            name: "ColonnadeCodecsTests", dependencies: ["ColonnadeCore", "ColonnadeCodecs"], swiftSettings: strict),
        .testTarget(
            name: "ColonnadeTests",
            dependencies: [
                "Colonnade", "ColonnadeCore", "ColonnadeSystem", "ColonnadeStore", "ColonnadeStoreTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ColonnadeFormatTests", dependencies: ["ColonnadeCore", "ColonnadeFormat"], swiftSettings: strict),
        .testTarget(
            name: "ColonnadeSystemTests",
            dependencies: ["ColonnadeCore", "ColonnadeSystem", "ColonnadeStoreTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ColonnadeStoreTests",
            dependencies: [
                "CColonnadeKernels", "ColonnadeCore", "ColonnadeFormat", "ColonnadeSystem", "ColonnadeStore",
                "ColonnadeStoreTestSupport",
            ],
            swiftSettings: strict),
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount", cSettings: strictC),
        // Run in a release build: another build makes objects that this one does not.
        .executableTarget(
            name: "AllocationCheck",
            dependencies: [
                "CAllocationCount", "ColonnadeCore", "ColonnadeStore", "Colonnade", "ColonnadeStoreTestSupport",
            ],
            path: "Tests/AllocationCheck", swiftSettings: strict),
        .target(
            name: "ColonnadeStoreTestSupport",
            dependencies: ["ColonnadeCore", "ColonnadeFormat", "ColonnadeSystem", "ColonnadeStore"],
            path: "Tests/ColonnadeStoreTestSupport", swiftSettings: strict),
        .testTarget(
            name: "ColonnadeIngestTests",
            dependencies: [
                "CArrow", "ColonnadeCore", "ColonnadeFormat", "ColonnadeSystem", "ColonnadeStore", "Colonnade",
                "ColonnadeIngest", "ColonnadeMedia",
            ],
            swiftSettings: strict),

        .testTarget(
            name: "ColonnadeMediaTests", dependencies: ["ColonnadeCore", "Colonnade", "ColonnadeMedia"],
            swiftSettings: strict),

        // A target of this package, and no package beside it, so that building it does not build the library again.
        .executableTarget(
            name: "TrainFashionMNIST", dependencies: ["Colonnade", "ColonnadeIngest"],
            path: "Examples/Swift/TrainFashionMNIST", swiftSettings: strict),
    ]
)

// The programs, and the only package from elsewhere: without these the build needs no network. tools/native.py, which pip
// calls, leaves them out on request, and else has that package in a folder.
if purpose != "library" {
    package.dependencies.append(
        Context.environment["COLONNADE_PARSER"].map { .package(path: $0) }
            ?? .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"))
    package.products.append(.executable(name: "colonnade", targets: ["ColonnadeCLI"]))
    package.targets += [
        .executableTarget(
            name: "ColonnadeCLI",
            dependencies: [
                "ColonnadeCore", "ColonnadeFormat", "ColonnadeSystem", "ColonnadeStore", "Colonnade", "ColonnadeIngest",
                "ColonnadeMedia",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict + small),
        .executableTarget(
            name: "ColonnadeBench",
            dependencies: [
                "ColonnadeCore", "ColonnadeSystem", "Colonnade", "ColonnadeMedia",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ColonnadeCLITests", dependencies: ["ColonnadeCLI", "ColonnadeFormat"], swiftSettings: strict),
    ]
}

// A source distribution for Python has neither tests nor examples.
if purpose != nil {
    package.targets.removeAll { target in
        let folder = target.type == .test ? "Tests" : target.path?.split(separator: "/").first ?? "Sources"
        return switch folder {
        case "Examples": true
        case "Tests": purpose != "check" || target.type == .test
        default: false
        }
    }
}

// The documentation (`./tools/dev docs`) is made by a plugin, which no other build fetches.
if Context.environment["COLONNADE_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
