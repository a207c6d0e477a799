// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

/// Names of files, what is in directories, and commands that are run.
@Suite struct DirectoryTests {
    private static let file = FileID(1)
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Wishes all of it, and answers what was told about files until the last of so many facts.
    private func facts(_ wishes: [Wish], until isLast: @escaping (FileFact) -> Bool) throws -> [FileFact] {
        let (ending, script) = try runScript { fact, _, next in
            switch fact {
            case .started: wishes.forEach { next.append($0) }
            case .file(_, let fact) where isLast(fact): next.finish()
            case .file(_, .failed): next.finish()
            default: break
            }
        }
        #expect(ending == .done)
        return script.facts.compactMap { if case .file(_, let fact) = $0 { fact } else { nil } }
    }

    private func part(_ name: String, replacing: Bool = false) -> Wish {
        .open(Self.file, .createPart(path: directory.file(name), replacing: replacing))
    }

    @Test func `a part gets its name when it is complete`() throws {
        let path = directory.file("a/b.flv")
        for sync in [[], [Wish.sync(Self.file)]] {
            let facts = try facts(
                [part("a/b.flv", replacing: true), .write(Self.file, [1, 2, 3])] + sync + [
                    .rename(Self.file, to: path, replacing: true), .overwrite(Self.file, at: 0, [9]),
                    .closeFile(Self.file),
                ]
            ) { $0 == .closed }
            #expect(
                facts == [
                    .opened(path: path + ".part", isSeekable: true, size: 0), .wrote(3), .renamed(to: path), .closed,
                ])
            #expect(try directory.bytes(of: "a/b.flv") == [9, 2, 3])
            #expect(!System.exists(path + ".part"))
        }
    }

    @Test func `a part is refused where there is a file of either name`() throws {
        for taken in ["x.flv", "x.flv.part"] {
            let directory = try TemporaryDirectory()
            try directory.write([7], to: taken)
            let open = Wish.open(Self.file, .createPart(path: directory.file("x.flv"), replacing: false))
            let facts = try facts([open]) { _ in true }
            guard case .failed(let failure)? = facts.first else {
                Issue.record("it did not fail")
                continue
            }
            #expect(failure.kind == .exists)
            #expect(try directory.bytes(of: taken) == [7])
        }
    }

    @Test func `a name that somebody took meanwhile is not taken away`() throws {
        try directory.write([7], to: "taken.flv")
        let facts = try facts([
            part("new.flv"), .write(Self.file, [1]),
            .rename(Self.file, to: directory.file("taken.flv"), replacing: false),
        ]) { _ in false }
        guard case .failed(let failure)? = facts.last else {
            Issue.record("it did not fail")
            return
        }
        #expect(failure.kind == .exists && failure.reason.contains("new.flv.part"))
        #expect(try directory.bytes(of: "taken.flv") == [7])
        #expect(try directory.bytes(of: "new.flv.part") == [1])
    }

    @Test func `a directory is listed with all below it, or without`() throws {
        try System.makeDirectories(above: directory.file("a/b/c"))
        try directory.write([1], to: "one.flv")
        try directory.write([1, 2], to: "a/two.flv")
        try directory.write([1, 2, 3], to: "a/b/three.flv")
        for recursive in [false, true] {
            let facts = try facts([.list(Self.file, directory: directory.path, recursive: recursive)]) { _ in true }
            guard case .listed(let files)? = facts.first else {
                Issue.record("\(facts)")
                continue
            }
            let names = files.map { String($0.path.dropFirst(directory.path.count)) }.sorted()
            #expect(names == (recursive ? ["/a/b/three.flv", "/a/two.flv", "/one.flv"] : ["/one.flv"]))
            #expect(files.first { $0.path.hasSuffix("one.flv") }?.size == 1)
            #expect(files.allSatisfy { $0.modified > 1_600_000_000_000 })
        }
        let none = try facts([.list(Self.file, directory: directory.file("none"), recursive: true)]) { _ in true }
        #expect(none == [.listed([])])
    }

    @Test func `files are removed, one that is gone already is no fault, a directory is`() throws {
        try directory.write([1], to: "a")
        try System.makeDirectories(above: directory.file("d/x"))
        let paths = ["a", "gone", "d"].map { directory.file($0) }
        let facts = try facts([.remove(Self.file, paths)]) { _ in true }
        guard case .removed(let removed, let failure?)? = facts.first else {
            Issue.record("\(facts)")
            return
        }
        #expect(removed == Array(paths.prefix(2)))
        #expect(failure.reason.contains("cannot remove \(paths[2])"))
        #expect(!System.exists(paths[0]) && System.exists(paths[2]))
    }

    @Test func `a command gets its input, and its end is told`() throws {
        let out = directory.file("out")
        let input = pattern(200_000)
        let (ending, script) = try runScript { fact, script, wishes in
            switch fact {
            case .started:
                wishes.append(.run(RunID(1), command: "cat >\(out); exit 3", input: input))
                wishes.append(.run(RunID(2), command: "kill -TERM $$", input: input))
            case .ran:
                let ended = script.count { if case .ran = $0 { true } else { false } }
                if ended == 2 { wishes.finish() }
            default: break
            }
        }
        #expect(ending == .done)
        #expect(script.facts.contains(.ran(RunID(1), .exited(3))))
        #expect(script.facts.contains(.ran(RunID(2), .exited(143))))
        #expect(try directory.bytes(of: "out") == input)
    }

    @Test func `a loop that ends has given its commands their input`() throws {
        let out = directory.file("out")
        let reader = try directory.makePipe("said")
        defer { System.close(reader) }
        let (ending, _) = try runScript { fact, _, wishes in
            guard fact == .started else { return }
            let command = "cat >\(out); echo x >\(directory.file("said"))"
            wishes.append(.run(RunID(1), command: command, input: pattern(100_000)))
            wishes.finish()
        }
        #expect(ending == .done)
        #expect(try readToEnd(reader) == Array("x\n".utf8))
        #expect(try directory.bytes(of: "out") == pattern(100_000))
    }
}
