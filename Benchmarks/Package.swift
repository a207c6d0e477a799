// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (Context.environment["RTMP_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)])

let library: [Target.Dependency] = ["AMF", "FLV", "RTMPCore", "RTMPRelay"].map {
    .product(name: $0, package: "swift-rtmp")
}

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-rtmp", path: "..")],
    targets: [
        // memcpy, and a chunk reader in C of the shape of ours, to be measured beside.
        .target(name: "CMachine"),
        .target(name: "Material", dependencies: library, swiftSettings: settings),
        .executableTarget(
            name: "inmemory", dependencies: library + ["Material", "CMachine"], swiftSettings: settings),
        .executableTarget(name: "steady", dependencies: library + ["Material"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
