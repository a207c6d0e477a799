// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let common: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
    // Warnings stop our own checks, never the build of somebody who depends on this package with a newer compiler.
    + (Context.environment["RTMP_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// Modules without clock, randomness, sockets or unsafe code that is not marked.
let pure: [SwiftSetting] = common + [.strictMemorySafety()]

let package = Package(
    name: "swift-rtmp",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "AMF", targets: ["AMF"]),
        .library(name: "FLV", targets: ["FLV"]),
        .library(name: "RTMPCore", targets: ["RTMPCore"]),
        .library(name: "RTMPRelay", targets: ["RTMPRelay"]),
        .library(name: "RTMPTransport", targets: ["RTMPTransport"]),
        .executable(name: "rtmpctl", targets: ["rtmpctl"]),
    ],
    targets: [
        .target(name: "Bytes", swiftSettings: pure),
        .target(name: "AMF", dependencies: ["Bytes"], swiftSettings: pure),
        .target(name: "FLV", dependencies: ["AMF", "Bytes"], swiftSettings: pure),
        .target(name: "RTMPCore", dependencies: ["AMF", "Bytes"], swiftSettings: pure),
        .target(name: "RTMPRelay", dependencies: ["RTMPCore", "FLV", "AMF", "Bytes"], swiftSettings: pure),
        .systemLibrary(name: "CLinux"),
        .target(
            name: "RTMPTransport",
            dependencies: ["RTMPCore", .target(name: "CLinux", condition: .when(platforms: [.linux]))],
            swiftSettings: common),
        .executableTarget(
            name: "rtmpctl",
            dependencies: ["RTMPTransport", "RTMPRelay", "RTMPCore", "FLV"],
            swiftSettings: common),

        .target(
            name: "TestSupport",
            dependencies: ["RTMPCore", "FLV", "AMF", "RTMPRelay"],
            path: "Tests/TestSupport",
            swiftSettings: common),
        .testTarget(name: "BytesTests", dependencies: ["Bytes", "TestSupport"], swiftSettings: common),
        .testTarget(name: "AMFTests", dependencies: ["AMF", "TestSupport"], swiftSettings: common),
        .testTarget(name: "FLVTests", dependencies: ["FLV", "AMF", "TestSupport"], swiftSettings: common),
        .testTarget(name: "RTMPCoreTests", dependencies: ["RTMPCore", "AMF", "TestSupport"], swiftSettings: common),
        .testTarget(
            name: "RTMPRelayTests", dependencies: ["RTMPRelay", "RTMPCore", "FLV", "AMF", "TestSupport"],
            swiftSettings: common),
        .testTarget(
            name: "RTMPTransportTests", dependencies: ["RTMPTransport", "RTMPCore", "TestSupport"],
            swiftSettings: common),
        .testTarget(
            name: "RTMPCtlTests",
            dependencies: ["rtmpctl", "RTMPTransport", "RTMPRelay", "RTMPCore", "FLV", "AMF", "TestSupport"],
            swiftSettings: common),
        .testTarget(
            name: "PeerTests", dependencies: ["rtmpctl", "FLV", "RTMPCore", "TestSupport"], swiftSettings: common),
    ],
    swiftLanguageModes: [.v6]
)
