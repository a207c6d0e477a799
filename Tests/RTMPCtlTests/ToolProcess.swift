// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The built program, run as a shell runs it.
struct ToolProcess {
    /// What a run came to.
    struct Result {
        var status: Int32
        var output: String
        var error: String
    }

    /// Where the build put the program: beside the tests.
    static var path: String {
        #if os(macOS)
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? .main
            return bundle.bundleURL.deletingLastPathComponent().appending(path: "rtmpctl").path
        #else
            return Bundle.main.bundleURL.appending(path: "rtmpctl").path
        #endif
    }

    let process = Process()
    let output = Pipe()
    let error = Pipe()

    /// Starts the program. Of the environment it sees `variables` only.
    init(_ arguments: [String], variables: [String: String] = [:], in directory: URL? = nil) throws {
        process.executableURL = URL(filePath: Self.path)
        process.arguments = arguments
        process.environment = variables
        // A program that is measured writes down what was run; without a name, into the directory it works in.
        process.environment?["LLVM_PROFILE_FILE"] = ProcessInfo.processInfo.environment["LLVM_PROFILE_FILE"]
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = error
        try process.run()
    }

    /// Waits for the end.
    func result() -> Result {
        // What is written is less than a pipe holds, so one after the other will do.
        let written = output.fileHandleForReading.readDataToEndOfFile()
        let said = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: String(decoding: written, as: UTF8.self),
            error: String(decoding: said, as: UTF8.self))
    }

    /// Starts the program and waits for its end.
    static func run(
        _ arguments: [String], variables: [String: String] = [:], in directory: URL? = nil
    ) throws -> Result {
        try ToolProcess(arguments, variables: variables, in: directory).result()
    }
}

/// A directory of its own for a test, gone when the test is.
final class TemporaryDirectory {
    let url = FileManager.default.temporaryDirectory.appending(path: "rtmpctl-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }

    /// The names of the files in it.
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [] }

    func file(_ name: String) -> String { url.appending(path: name).path }
}
