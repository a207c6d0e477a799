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
    /// When files were last written to, in milliseconds since 1970.
    public var modified: [String: Int64] = [:]
    /// Directories that exist besides those that hold files. `.` and `/` always do.
    public var directories: Set<String> = []
    /// Standard input.
    public var input: [UInt8] = []
    /// Standard output.
    public var output: [UInt8] = []
    /// Whether somebody still reads standard output.
    public var outputIsOpen = true
    /// How often a file was wished to survive a power cut.
    public var syncs = 0
    /// How long a file operation takes at most.
    public var latency: Duration = .milliseconds(2)

    struct Handle {
        enum Target: Equatable { case file(String), input, output }
        var target: Target
        var position = 0
        /// When the last operation wished so far will be done.
        var readyAt: Int64 = 0
        /// The disk took no more, and the program has not cut the file off yet.
        var isStuck = false
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
        case .readInside: return open(.read(path: request.path), failing: failing)
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
        case .createPart(let path, let replacing):
            if contents[path] != nil, !replacing {
                return (nil, .failed(FileFailure(.exists, reason: "\(path) exists")))
            }
            let part = path + FileRequest.partSuffix
            return open(.create(path: part, replacing: replacing, makingDirectories: true), failing: failing)
        case .extend(let path): return extend(path, failing: failing)
        }
    }

    /// Opens a file that exists for writing.
    private func extend(_ path: String, failing: Bool) -> (handle: Handle?, fact: FileFact) {
        guard let content = contents[path], !failing else {
            return (nil, .failed(FileFailure(.cannotOpen, reason: "cannot write to \(path): no such file")))
        }
        return (Handle(target: .file(path)), .opened(path: path, isSeekable: true, size: content.count))
    }

    /// Gives a file another name.
    mutating func rename(_ handle: inout Handle, to name: String, replacing: Bool) -> FileFact {
        guard case .file(let path) = handle.target else { return .renamed(to: name) }
        guard replacing || contents[name] == nil else {
            return .failed(FileFailure(.exists, reason: "\(name) exists"))
        }
        contents[name] = contents.removeValue(forKey: path)
        modified[name] = modified.removeValue(forKey: path)
        handle.target = .file(name)
        return .renamed(to: name)
    }

    /// The files in a directory.
    func list(_ directory: String, recursive: Bool) -> [ListedFile] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        return contents.keys.filter { path in
            path.hasPrefix(prefix) && (recursive || !path.dropFirst(prefix.count).contains("/"))
        }.map { path in
            ListedFile(path: path, size: Int64(contents[path]?.count ?? 0), modified: modified[path] ?? 0)
        }
    }

    /// Writes `bytes` at `offset`, or at the end when that is nil.
    /// - Returns: what to tell.
    mutating func write(
        _ bytes: [UInt8], at offset: Int?, to handle: inout Handle, now: Int64
    ) -> FileFact? {
        guard !handle.isStuck else { return nil }
        switch handle.target {
        case .input: return .failed(FileFailure(.inputOutput, reason: "standard input is not for writing"))
        case .output:
            guard outputIsOpen else {
                return .failed(FileFailure(.brokenPipe, reason: "nobody reads standard output"))
            }
            if offset == nil { output.append(contentsOf: bytes) }
            return offset == nil ? .wrote(bytes.count) : nil
        case .file(let path):
            let size = contents[path, default: []].count
            let start = offset ?? size
            let room = capacity.map { max(0, $0 - used) } ?? .max
            if start + bytes.count - size > room {
                // As a real disk does: it takes what it has room for.
                contents[path, default: []].overwrite(start, with: bytes.prefix(size - start + room))
                handle.isStuck = true
                return .stuck(
                    at: contents[path, default: []].count,
                    FileFailure(.inputOutput, reason: "\(path): no space left"))
            }
            contents[path, default: []].overwrite(start, with: bytes[...])
            modified[path] = now
            return offset == nil ? .wrote(bytes.count) : nil
        }
    }

    /// Cuts a file off behind `size` bytes.
    mutating func cut(_ handle: inout Handle, to size: Int) {
        guard case .file(let path) = handle.target else { return }
        if let content = contents[path], content.count > size { contents[path] = Array(content[..<size]) }
        handle.isStuck = false
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
