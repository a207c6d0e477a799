// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// The files under `Fixtures/`, found from where this source file lies, so that no test needs a working directory.
public enum Fixture {
    /// The package's directory.
    public static let packageDirectory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The directory that holds all fixtures.
    public static var directory: URL { packageDirectory.appending(path: "Fixtures") }

    /// Where the fixture `name`, such as `flv/h264_aac.flv`, lies.
    public static func path(_ name: String) -> String { directory.appending(path: name).path }

    /// The content of the fixture `name`. Stops the test process when there is no such file.
    public static func bytes(_ name: String) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path(name)) else {
            preconditionFailure("no fixture at \(path(name))")
        }
        return [UInt8](data)
    }

    /// The content of the fixture `name` as text.
    public static func text(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

    /// The names of all fixtures in a folder that end with `suffix`, sorted, ready for ``bytes(_:)``.
    ///
    /// Stops the test process when there are none: a test over no fixtures would pass.
    public static func list(_ folder: String, suffix: String = "") -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []
        let wanted = names.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }.sorted()
        precondition(!wanted.isEmpty, "no fixtures *\(suffix) in \(path(folder))")
        return wanted.map { "\(folder)/\($0)" }
    }

    /// A captured session: what each side sent, and in which order a proxy between them saw it.
    public struct Capture: Sendable, CustomStringConvertible {
        /// One piece that the proxy saw.
        public struct Piece: Sendable {
            /// Whether the client sent it.
            public var isFromClient: Bool
            /// Where it lies in the bytes of that side; empty at the end of that side's stream.
            public var range: Range<Int>
            /// Whether this is the end of that side's stream.
            public var isEnd: Bool
        }

        /// The name without folder and suffixes.
        public var name: String
        /// Everything that the client sent.
        public var client: [UInt8]
        /// Everything that the server sent.
        public var server: [UInt8]
        /// The pieces in the order in which they passed.
        public var order: [Piece]

        /// The name.
        public var description: String { name }
    }

    /// The names of all captured sessions with a name that starts with `prefix`: `pub-`, `play-` or everything.
    public static func captureNames(_ prefix: String = "") -> [String] {
        list("session", suffix: ".order.txt")
            .map { String($0.dropFirst("session/".count).dropLast(".order.txt".count)) }
            .filter { $0.hasPrefix(prefix) }
    }

    /// The captured session with this name.
    public static func capture(_ name: String) -> Capture {
        var order: [Capture.Piece] = []
        var ends = ["C": 0, "S": 0]
        for line in text("session/\(name).order.txt").split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count >= 2, let end = ends[fields[0]] else {
                preconditionFailure("\(name).order.txt: \(line)")
            }
            if fields[1] == "EOF" {
                order.append(.init(isFromClient: fields[0] == "C", range: end..<end, isEnd: true))
            } else if fields.count == 3, let offset = Int(fields[1]), let count = Int(fields[2]) {
                ends[fields[0]] = offset + count
                order.append(.init(isFromClient: fields[0] == "C", range: offset..<(offset + count), isEnd: false))
            } else {
                preconditionFailure("\(name).order.txt: \(line)")
            }
        }
        return Capture(
            name: name, client: bytes("session/\(name).c2s.bin"), server: bytes("session/\(name).s2c.bin"),
            order: order)
    }
}
