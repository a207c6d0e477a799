// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "Examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-rtmp", path: "..")],
    targets: [
        .executableTarget(name: "PrintTags", dependencies: [.product(name: "FLV", package: "swift-rtmp")]),
        .executableTarget(name: "AcceptPublish", dependencies: [.product(name: "RTMPCore", package: "swift-rtmp")]),
        .executableTarget(
            name: "SendStream",
            dependencies: [
                .product(name: "RTMPCore", package: "swift-rtmp"), .product(name: "FLV", package: "swift-rtmp"),
            ]),
        .testTarget(name: "ExamplesTests", dependencies: ["PrintTags", "AcceptPublish", "SendStream"]),
    ],
    swiftLanguageModes: [.v6]
)
