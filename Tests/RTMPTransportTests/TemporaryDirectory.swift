// SPDX-License-Identifier: Apache-2.0

import RTMPCore

@testable import RTMPTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A directory of a test's own, removed when it goes.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/rtmp-transport-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw System.lastError }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { remove(path) }

    func file(_ name: String) -> String { path + "/" + name }

    /// Makes a named pipe and opens its reading end, without which nobody may open the other.
    func makePipe(_ name: String) throws -> Int32 {
        guard mkfifo(file(name), 0o600) == 0 else { throw System.lastError }
        let descriptor = open(file(name), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw System.lastError }
        return descriptor
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        let descriptor = try System.openFile(file(name), reading: false)
        defer { System.close(descriptor) }
        _ = try System.writeSome(descriptor, bytes.span)
    }

    func bytes(of name: String) throws -> [UInt8] {
        let descriptor = try System.openFile(file(name), reading: true)
        defer { System.close(descriptor) }
        return try readToEnd(descriptor)
    }

    private func remove(_ path: String) {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." { continue }
            if unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
        }
        closedir(directory)
        rmdir(path)
    }
}

/// Everything up to the end; waits for a pipe that has nothing at the moment.
func readToEnd(_ descriptor: Int32) throws -> [UInt8] {
    var all: [UInt8] = []
    while true {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, -1)
        let bytes = try System.readSome(descriptor, upTo: 65_536)
        if bytes.isEmpty { return all }
        all += bytes
    }
}
