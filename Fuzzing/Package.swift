// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "Fuzzing",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-rtmp", path: "..")],
    targets: [
        .target(
            name: "FuzzTargets",
            dependencies: [
                .product(name: "AMF", package: "swift-rtmp"),
                .product(name: "FLV", package: "swift-rtmp"),
                .product(name: "RTMPCore", package: "swift-rtmp"),
                .product(name: "RTMPRelay", package: "swift-rtmp"),
            ]),
        .executableTarget(name: "Fuzzer", dependencies: ["FuzzTargets"]),
    ],
    swiftLanguageModes: [.v6]
)
