// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A reader of hostile bytes: it must come back in time, without a trap, and what it read must survive being written.
public struct FuzzTarget: Sendable {
    /// What `FUZZ_TARGET` and the directories of inputs are called.
    public let name: String
    /// Takes one input. Ends the process when something that must hold does not.
    public let run: @Sendable ([UInt8]) -> Void
}

/// All of them.
public let fuzzTargets: [FuzzTarget] = [
    FuzzTarget(name: "amf0", run: fuzzAMF0),
    FuzzTarget(name: "amf3", run: fuzzAMF3),
    FuzzTarget(name: "chunks", run: fuzzChunks),
    FuzzTarget(name: "handshake", run: fuzzHandshake),
    FuzzTarget(name: "messages", run: fuzzMessages),
    FuzzTarget(name: "flv", run: fuzzFLV),
    FuzzTarget(name: "tags", run: fuzzTags),
    FuzzTarget(name: "codecs", run: fuzzCodecs),
    FuzzTarget(name: "urls", run: fuzzURLs),
    FuzzTarget(name: "server", run: fuzzServer),
    FuzzTarget(name: "client", run: fuzzClient),
    FuzzTarget(name: "log", run: fuzzLog),
    FuzzTarget(name: "relay", run: fuzzRelay),
    FuzzTarget(name: "play", run: fuzzPlay),
    FuzzTarget(name: "publish", run: fuzzPublish),
]

/// Ends the process unless `condition` holds, in release builds too.
func check(_ condition: Bool, _ message: @autoclosure () -> String, line: UInt = #line, file: StaticString = #file) {
    if !condition { fatalError(message(), file: file, line: line) }
}

/// Whether the bytes are the same. `==` would be compiled here, and report each comparison to the fuzzer.
func same(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && (left.isEmpty || memcmp(left, right, left.count) == 0)
}

/// Gives the value of `body`, or ends the process when it throws.
func must<Value>(
    _ what: String, line: UInt = #line, file: StaticString = #file, _ body: () throws -> Value
) -> Value {
    do { return try body() } catch { fatalError("\(what): \(error)", file: file, line: line) }
}

/// An input from which decisions are taken at the front; what is left is data.
struct FuzzInput {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    /// The next byte; 0 behind the end.
    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func uint16() -> Int { Int(byte()) << 8 | Int(byte()) }

    mutating func uint32() -> UInt32 { (0..<4).reduce(0) { number, _ in number << 8 | UInt32(byte()) } }

    /// The next bytes, fewer at the end.
    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// All that is left, in pieces whose sizes stand in front: their number, then one byte for each.
    mutating func pieces() -> [[UInt8]] {
        let sizes = bytes(Int(byte() & 31))
        var pieces = sizes.map { bytes(Int($0)) }
        pieces.append(bytes(rest.count))
        return pieces
    }
}
