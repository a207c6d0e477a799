// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Where one peer test happens: a directory, the programs it started, and what it found wrong.
///
/// The body runs on a thread of its own and may block; see ``withBench(_:sourceLocation:_:)``.
final class Bench: @unchecked Sendable {
    let directory: String
    private var processes: [ChildProcess] = []
    private(set) var problems: [String] = []

    fileprivate init() throws {
        directory = Self.root.appending(path: UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// Holds the directories of running tests, and media that tests share.
    static let root = Fixture.packageDirectory.appending(path: ".build/peers")

    /// The path of a file in the test's directory.
    func path(_ name: String) -> String { directory + "/" + name }

    /// The content of a file, empty when there is none.
    func bytes(_ name: String) -> [UInt8] {
        [UInt8](FileManager.default.contents(atPath: name.hasPrefix("/") ? name : path(name)) ?? Data())
    }

    /// Starts a program, which is killed when the test ends.
    func start(
        _ tool: Tool, _ arguments: [String], name: String? = nil, input: String? = nil, output: String? = nil
    ) throws -> ChildProcess {
        guard let path = tool.path else { throw ChildProcess.Failure(description: "no \(tool.rawValue)") }
        let process = try ChildProcess(
            path, arguments, name: name, input: input, output: output, directory: directory)
        processes.append(process)
        return process
    }

    /// Notes a problem when the condition does not hold.
    func check(_ condition: Bool, _ problem: @autoclosure () -> String) {
        if !condition { problems.append(problem()) }
    }

    /// Notes all of these problems.
    func check(_ found: [String], _ what: String) { problems += found.map { "\(what): \($0)" } }

    /// Waits until a program ends by itself, and notes a problem when it does so with another status.
    func ends(_ process: ChildProcess, with status: Int32 = 0, fails: Bool = false, seconds: Double = 25) throws {
        let ended = try process.wait(seconds: seconds)
        check(fails ? ended != 0 : ended == status, "\(process.name) ended with status \(ended)")
    }

    fileprivate func finish() {
        for process in processes { process.signal(.kill) }
        for process in processes { _ = try? process.wait(seconds: 10) }
        if problems.isEmpty || ProcessInfo.processInfo.environment["RTMP_KEEP_PEER_FILES"] == nil {
            try? FileManager.default.removeItem(atPath: directory)
        }
    }

    fileprivate func fail(_ error: any Error) { problems.append("\(error)") }

    fileprivate var report: String {
        problems.joined(separator: "\n") + "\n\n" + processes.map(\.report).joined(separator: "\n\n")
    }
}

/// So many peer tests run at one time; each starts several programs.
private let gate = DispatchSemaphore(value: 3)

/// Runs a peer test on a thread of its own, so that no test that computes is held up by one that waits.
///
/// Skips the test, or fails it under `RTMP_REQUIRE_PEERS=1`, when one of `tools` is missing. Whatever goes wrong is
/// recorded together with what all programs printed.
func withBench(
    _ tools: [Tool], sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (Bench) throws -> Void
) async throws {
    try Tool.require(tools)
    let report: String? = await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            gate.wait()
            var report: String?
            do {
                let bench = try Bench()
                do { try body(bench) } catch { bench.fail(error) }
                if !bench.problems.isEmpty { report = bench.report }
                bench.finish()
            } catch {
                report = "\(error)"
            }
            gate.signal()
            continuation.resume(returning: report)
        }
    }
    if let report { Issue.record("\(report)", sourceLocation: sourceLocation) }
}
