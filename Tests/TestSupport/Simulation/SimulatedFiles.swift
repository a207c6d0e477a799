// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// The files of a simulated host, and its standard streams.
public struct SimulatedFiles {
    /// All files by their paths.
    public var contents: [String: [UInt8]] = [:]
    /// Bytes that fit on the disk; nil is no limit.
    public var capacity: Int?
    /// Paths under which nothing can be created.
    public var protectedPaths: [String] = []
    /// Directories that exist besides those that hold files. `.` and `/` always do.
    public var directories: Set<String> = []
    /// Standard input.
    public var input: [UInt8] = []
    /// Standard output.
    public var output: [UInt8] = []
    /// Whether somebody still reads standard output.
    public var outputIsOpen = true
    /// How long a file operation takes at most.
    public var latency: Duration = .milliseconds(2)

    struct Handle {
        enum Target: Equatable { case file(String), input, output }
        var target: Target
        var position = 0
        /// When the last operation wished so far will be done.
        var readyAt: Int64 = 0
    }

    /// No files.
    public init() {}

    /// Bytes in all files.
    public var used: Int { contents.values.reduce(0) { $0 + $1.count } }

    func hasDirectory(of path: String) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return true }
        let directory = String(path[..<slash])
        return directory.isEmpty || directory == "." || directories.contains(directory)
            || contents.keys.contains { $0.hasPrefix(directory + "/") }
    }

    /// Opens a file; a planted fault makes it fail.
    mutating func open(_ request: FileRequest, failing: Bool) -> (handle: Handle?, fact: FileFact) {
        switch request {
        case .read("-"):
            return (Handle(target: .input), .opened(path: "-", isSeekable: false, size: nil))
        case .create("-", _, _):
            return (Handle(target: .output), .opened(path: "-", isSeekable: false, size: nil))
        case .read(let path):
            guard let content = contents[path], !failing else {
                return (nil, .failed(FileFailure(.cannotOpen, reason: "cannot open \(path): no such file")))
            }
            return (Handle(target: .file(path)), .opened(path: path, isSeekable: true, size: content.count))
        case .create(let path, let replacing, let makingDirectories):
            if contents[path] != nil, !replacing {
                return (nil, .failed(FileFailure(.exists, reason: "\(path) exists")))
            }
            guard !failing, !protectedPaths.contains(where: path.hasPrefix) else {
                return (nil, .failed(FileFailure(.cannotOpen, reason: "cannot create \(path): permission denied")))
            }
            guard makingDirectories || hasDirectory(of: path) else {
                return (nil, .failed(FileFailure(.cannotOpen, reason: "cannot create \(path): no such directory")))
            }
            contents[path] = []
            return (Handle(target: .file(path)), .opened(path: path, isSeekable: true, size: 0))
        }
    }

    /// Writes `bytes` at `offset`, or at the end when that is nil.
    /// - Returns: how many bytes were written, and why not all of them.
    mutating func write(_ bytes: [UInt8], at offset: Int?, to handle: Handle) -> (count: Int, failure: FileFailure?) {
        switch handle.target {
        case .input: return (0, FileFailure(.inputOutput, reason: "standard input is not for writing"))
        case .output:
            guard outputIsOpen else { return (0, FileFailure(.brokenPipe, reason: "nobody reads standard output")) }
            if offset == nil { output.append(contentsOf: bytes) }
            return (offset == nil ? bytes.count : 0, nil)
        case .file(let path):
            let start = offset ?? contents[path, default: []].count
            let growth = start + bytes.count - contents[path, default: []].count
            if let capacity, growth > 0, used + growth > capacity {
                // As the real loop does: half a write would spoil the file, so that is taken back.
                return (0, FileFailure(.inputOutput, reason: "\(path): no space left"))
            }
            contents[path, default: []].overwrite(start, with: bytes[...])
            return (bytes.count, nil)
        }
    }

    /// Reads up to `count` bytes at the handle's position; nil at the end.
    func read(_ count: Int, from handle: Handle) -> [UInt8]? {
        let source: [UInt8]
        switch handle.target {
        case .input: source = input
        case .output: return nil
        case .file(let path): source = contents[path] ?? []
        }
        guard handle.position < source.count, count > 0 else { return nil }
        return Array(source[handle.position..<min(source.count, handle.position + count)])
    }
}

extension [UInt8] {
    /// Replaces and appends bytes from `offset` on; a gap behind the end becomes zeros.
    fileprivate mutating func overwrite(_ offset: Int, with bytes: ArraySlice<UInt8>) {
        if offset > count { append(contentsOf: repeatElement(0, count: offset - count)) }
        let overlap = Swift.min(bytes.count, count - offset)
        replaceSubrange(offset..<(offset + overlap), with: bytes.prefix(overlap))
        append(contentsOf: bytes.dropFirst(overlap))
    }
}
