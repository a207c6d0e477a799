// SPDX-License-Identifier: Apache-2.0

import Foundation
import RTMPCore
import Testing

@testable import RTMPTransport

@Suite struct FileTests {
    private static let file = FileID(1)
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func create(_ name: String, replacing: Bool = false, makingDirectories: Bool = false) -> Wish {
        .open(
            Self.file,
            .create(path: directory.file(name), replacing: replacing, makingDirectories: makingDirectories))
    }

    /// Opens a file, wishes `more` of it, and answers all that was told until it was closed or failed.
    private func facts(_ open: Wish, then more: [Wish] = []) throws -> [FileFact] {
        let (ending, script) = try runScript { fact, _, wishes in
            switch fact {
            case .started: ([open] + more).forEach { wishes.append($0) }
            case .file(_, .closed), .file(_, .failed): wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        return script.facts.compactMap { if case .file(Self.file, let fact) = $0 { fact } else { nil } }
    }

    private func failure(_ facts: [FileFact]) throws -> FileFailure {
        guard case .failed(let failure) = try #require(facts.last) else {
            Issue.record("it did not fail: \(facts)")
            return FileFailure(.inputOutput, reason: "")
        }
        return failure
    }

    @Test func `what is written stands in the file, counted, and can be overwritten`() throws {
        let path = directory.file("a.flv")
        let facts = try facts(
            create("a.flv"),
            then: [
                .write(Self.file, pattern(100_000)), .overwrite(Self.file, at: 3, [1, 2, 3]),
                .write(Self.file, [7, 8, 9]), .closeFile(Self.file),
            ])
        #expect(
            facts == [.opened(path: path, isSeekable: true, size: 0), .wrote(100_000), .wrote(3), .closed])
        var expected = pattern(100_000) + [7, 8, 9]
        expected.replaceSubrange(3..<6, with: [1, 2, 3])
        #expect(try directory.bytes(of: "a.flv") == expected)
    }

    @Test func `nothing outside of a directory is read below it, nor anything that is no file`() throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: directory.file("inside/live"), withIntermediateDirectories: true)
        try directory.write(pattern(10), to: "inside/live/a.flv")
        try directory.write(pattern(20), to: "secret.flv")
        let inside = directory.file("inside")
        let links = [
            "link.flv": directory.file("secret.flv"), "up.flv": "../secret.flv", "alias.flv": "live/a.flv",
            "out": directory.file(""), "loop.flv": "loop.flv",
        ]
        for (name, target) in links {
            try manager.createSymbolicLink(atPath: "\(inside)/\(name)", withDestinationPath: target)
        }
        #expect(mkfifo("\(inside)/pipe.flv", 0o600) == 0)
        for path in ["live/a.flv", "alias.flv", "live/../live/a.flv"] {
            let facts = try facts(
                .open(Self.file, .readInside(directory: inside, path: path)),
                then: [.read(Self.file, upTo: 100), .closeFile(Self.file)])
            #expect(facts.contains(.read(pattern(10))), "\(path)")
        }
        let others = [
            "link.flv", "up.flv", "out/secret.flv", "../secret.flv", "loop.flv", "pipe.flv", "live", "none.flv", "",
            "../inside-other/a.flv", String(repeating: "x", count: 5_000),
        ]
        for path in others {
            let facts = try facts(.open(Self.file, .readInside(directory: inside, path: path)))
            #expect(try failure(facts).kind == .cannotOpen, "\(path.prefix(30))")
        }
    }

    @Test func `a file is read in pieces, from where it was sought, to its end`() throws {
        try directory.write(pattern(1_000), to: "in.flv")
        let path = directory.file("in.flv")
        let facts = try facts(
            .open(Self.file, .read(path: path)),
            then: [
                .read(Self.file, upTo: 600), .read(Self.file, upTo: 600), .read(Self.file, upTo: 600),
                .seek(Self.file, to: 990), .read(Self.file, upTo: 600), .closeFile(Self.file),
            ])
        let all = pattern(1_000)
        #expect(
            facts == [
                .opened(path: path, isSeekable: true, size: 1_000), .read(Array(all[..<600])),
                .read(Array(all[600...])), .end, .read(Array(all[990...])), .closed,
            ])
    }

    @Test func `a file that exists is not touched unless replacing it is wished`() throws {
        try directory.write([1, 2, 3, 4], to: "old.flv")
        let refused = try failure(facts(create("old.flv")))
        #expect(refused.kind == .exists)
        #expect(
            refused.reason == "cannot create \(directory.file("old.flv")): it exists already; choose another name, "
                + "or allow it to be replaced")
        #expect(try directory.bytes(of: "old.flv") == [1, 2, 3, 4])
        let replaced = try facts(
            create("old.flv", replacing: true), then: [.write(Self.file, [9]), .closeFile(Self.file)])
        #expect(replaced.last == .closed)
        #expect(try directory.bytes(of: "old.flv") == [9])
    }

    @Test func `a file that exists is cut off and goes on`() throws {
        let path = directory.file("old.flv")
        try directory.write(pattern(1_000), to: "old.flv")
        let facts = try facts(
            .open(Self.file, .extend(path: path)),
            then: [
                .cut(Self.file, to: 900), .write(Self.file, [1, 2, 3]), .overwrite(Self.file, at: 10, [9]),
                .write(Self.file, [4]), .closeFile(Self.file),
            ])
        #expect(facts == [.opened(path: path, isSeekable: true, size: 1_000), .wrote(3), .wrote(1), .closed])
        var expected = pattern(1_000)[..<900] + [1, 2, 3, 4]
        expected[10] = 9
        #expect(try directory.bytes(of: "old.flv") == Array(expected))
        let none = try failure(self.facts(.open(Self.file, .extend(path: directory.file("none.flv")))))
        #expect(none.kind == .cannotOpen)
        #expect(throws: (any Error).self) { try directory.bytes(of: "none.flv") }
    }

    @Test func `directories on the way are made when that is wished`() throws {
        let missing = try failure(facts(create("x/y/z.flv")))
        #expect(missing.kind == .cannotOpen)
        #expect(missing.reason.hasSuffix("its directory does not exist; make it first"))
        let made = try facts(create("x/y/z.flv", makingDirectories: true), then: [.closeFile(Self.file)])
        #expect(made.last == .closed)
        #expect(try directory.bytes(of: "x/y/z.flv").isEmpty)
    }

    @Test func `what cannot be opened says why`() throws {
        let missing = try failure(facts(.open(Self.file, .read(path: directory.file("none.flv")))))
        #expect(
            missing
                == FileFailure(
                    .cannotOpen, reason: "cannot read \(directory.file("none.flv")): there is no such file"))
        let folder = try failure(facts(.open(Self.file, .read(path: directory.path))))
        #expect(folder.reason == "cannot read \(directory.path): it is a directory; name a file")
    }

    #if os(Linux)
        @Test func `a full disk is a sentence`() throws {
            // It exists, but as a device it holds nothing that could be lost.
            let full = Wish.open(
                Self.file, .create(path: "/dev/full", replacing: false, makingDirectories: false))
            let failed = try failure(facts(full, then: [.write(Self.file, [1]), .write(Self.file, [2])]))
            #expect(failed.kind == .inputOutput)
            #expect(
                failed.reason
                    == "cannot write /dev/full: the disk is full; what was written until then is kept, make room and "
                    + "start again")
        }

        @Test func `a file that fails after the program is done spoils its success`() throws {
            let (ending, _) = try runScript { fact, _, wishes in
                guard fact == .started else { return }
                wishes.append(
                    .open(Self.file, .create(path: "/dev/full", replacing: true, makingDirectories: false)))
                wishes.append(.write(Self.file, [1]))
                wishes.finish()
            }
            #expect(ending.status == .inputOutput)
            #expect(ending.message?.contains("the disk is full") == true)
        }
    #endif

    @Test func `open files are written and closed before a loop ends`() throws {
        let message = pattern(2_000_000)
        let (ending, _) = try runScript { fact, _, wishes in
            guard fact == .started else { return }
            wishes.append(create("end.flv"))
            wishes.append(.write(Self.file, message))
            wishes.finish()
        }
        #expect(ending == .done)
        #expect(try directory.bytes(of: "end.flv") == message)
    }

    @Test func `a pipe whose reader goes away is broken, with and without something to write`() throws {
        for writes in [true, false] {
            let name = "pipe\(writes)"
            let reader = try directory.makePipe(name)
            let (ending, script) = try runScript { fact, _, wishes in
                switch fact {
                case .started: wishes.append(create(name))
                case .file(_, .opened(_, let isSeekable, let size)):
                    #expect(!isSeekable)
                    #expect(size == nil)
                    System.close(reader)
                    if writes { wishes.append(.write(Self.file, [1])) }
                case .file(_, .failed): wishes.finish()
                default: break
                }
            }
            #expect(ending == .done)
            let reason = "whoever reads \(directory.file(name)) went away"
            #expect(script.facts.last == .file(Self.file, .failed(FileFailure(.brokenPipe, reason: reason))))
        }
    }

    @Test func `a pipe that nobody reads holds up neither the loop nor other files`() throws {
        let reader = try directory.makePipe("slow")
        defer { System.close(reader) }
        let message = pattern(1_000_000)
        let read = Locked<[UInt8]>([])
        let other = FileID(2)
        let (ending, script) = try runScript { fact, _, wishes in
            switch fact {
            case .started:
                wishes.append(create("slow"))
                wishes.append(.write(Self.file, message))
                wishes.append(
                    .open(
                        other, .create(path: directory.file("fast"), replacing: false, makingDirectories: false)))
                wishes.append(.write(other, [1, 2, 3]))
            case .file(other, .wrote):
                let started = startThread {
                    let bytes = (try? readToEnd(reader)) ?? []
                    read.withLock { $0 = bytes }
                }
                #expect(started)
            case .file(Self.file, .wrote(let count)):
                #expect(count == message.count)
                wishes.append(.closeFile(Self.file))
            case .file(Self.file, .closed): wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        let order = script.facts.filter { $0 == .file(other, .wrote(3)) || $0 == .file(Self.file, .wrote(1_000_000)) }
        #expect(order.first == .file(other, .wrote(3)))
        while read.withLock({ $0.isEmpty }) { yieldThread() }
        #expect(read.withLock { $0 } == message)
    }

    @Test func `too much that waits to be written fails its file, not the process`() throws {
        let reader = try directory.makePipe("stuck")
        defer { System.close(reader) }
        let (ending, script) = try runScript(configure: { $0.fileBacklog = 300_000 }) { fact, _, wishes in
            switch fact {
            case .started:
                wishes.append(create("stuck"))
                for _ in 0..<4 { wishes.append(.write(Self.file, pattern(100_000))) }
            case .file(_, .failed):
                System.close(reader)  // So that closing it does not take its time.
                wishes.finish()
            default: break
            }
        }
        #expect(ending == .done)
        guard case .file(_, .failed(let failure)) = try #require(script.facts.last) else {
            Issue.record("it did not fail")
            return
        }
        #expect(failure.kind == .inputOutput)
        #expect(failure.reason.hasPrefix("the disk is too slow"))
    }

    @Test func `a loop does not wait for ever for readers and peers, and says what was lost`() throws {
        let reader = try directory.makePipe("stuck")
        let peer = try System.makeSocket(family: 2)
        defer { [reader, peer].forEach { System.close($0) } }
        let (ending, _) = try runScript { fact, _, wishes in
            switch fact {
            case .started: wishes.listenLocally()
            case .listening(_, let endpoint):
                if let address = SocketAddress(literal: endpoint.address, port: endpoint.port) {
                    _ = try? System.connect(peer, address)
                }
            case .accepted:
                wishes.append(create("stuck"))
                wishes.append(.write(Self.file, pattern(100_000)))
                wishes.finish()
            default: break
            }
        }
        #expect(ending.status == .inputOutput)
        #expect(ending.message?.contains("was not taken in time") == true)
    }

    @Test func `an input that says nothing can be closed`() throws {
        let reader = try directory.makePipe("mute")
        defer { System.close(reader) }
        // The writing end, so that opening for reading does not wait.
        let writer = try System.openFile(directory.file("mute"), reading: false)
        defer { System.close(writer) }
        let facts = try facts(
            .open(Self.file, .read(path: directory.file("mute"))),
            then: [.read(Self.file, upTo: 100), .closeFile(Self.file)])
        #expect(facts.last == .closed)
        #expect(facts.count == 2)
    }

    @Test func `a file for which there is no more room can be cut off, overwritten and written again`() async throws {
        // In a process of its own, because the limit of file sizes is the process's.
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            try limitFileSize(10_000)
            let file = FileID(1)
            let (ending, script) = try runScript { fact, _, wishes in
                switch fact {
                case .started:
                    wishes.append(
                        .open(
                            file, .create(path: directory.file("cut"), replacing: false, makingDirectories: false)))
                    wishes.append(.write(file, pattern(6_000)))
                    wishes.append(.write(file, pattern(6_000)))
                    // Wished in good faith: nothing of it may be done.
                    wishes.append(.overwrite(file, at: 0, [9, 9, 9]))
                    wishes.append(.write(file, [8]))
                case .file(_, .stuck(at: 10_000, let failure)):
                    #expect(failure.reason.contains("as large as the system allows"))
                    wishes.append(.cut(file, to: 7_000))
                    wishes.append(.overwrite(file, at: 1, [7, 7]))
                    wishes.append(.write(file, [5]))
                    wishes.append(.sync(file))
                    wishes.append(.closeFile(file))
                case .file(_, .closed): wishes.finish()
                default: break
                }
            }
            #expect(ending == .done)
            #expect(script.facts.contains(.file(file, .wrote(6_000))))
            var expected = pattern(6_000) + pattern(1_000) + [5]
            expected.replaceSubrange(1..<3, with: [7, 7])
            #expect(try directory.bytes(of: "cut") == expected)
        }
    }

    @Test func `a file for which there is no more room is closed when its program is done`() async throws {
        await #expect(processExitsWith: .success) {
            let directory = try TemporaryDirectory()
            try limitFileSize(10_000)
            let (ending, _) = try runScript { fact, _, wishes in
                guard fact == .started else { return }
                let path = directory.file("cut")
                wishes.append(.open(FileID(1), .create(path: path, replacing: false, makingDirectories: false)))
                wishes.append(.write(FileID(1), pattern(12_000)))
                wishes.finish()
            }
            #expect(ending.status == .inputOutput)
        }
    }

    @Test func `a dash is standard output, and stays open`() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let file = FileID(1)
            try runScript { fact, _, wishes in
                switch fact {
                case .started:
                    wishes.append(.open(file, .create(path: "-", replacing: false, makingDirectories: false)))
                    wishes.append(.write(file, Array("first ".utf8)))
                    wishes.append(.closeFile(file))
                case .file(_, .closed): wishes.finish()
                default: break
                }
            }
            _ = try System.writeSome(1, Array("second".utf8).span)
        }
        let output = try #require(result?.standardOutputContent)
        #expect(String(decoding: output, as: UTF8.self).hasSuffix("first second"))
    }
}
