// SPDX-License-Identifier: Apache-2.0

import FLV
import Foundation
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@testable import RTMPTransport
@testable import rtmpctl

/// A relay on several loops, over loopback, in this process: the thread sanitizer sees all of it.
@Suite(.timeLimit(.minutes(10))) struct RelayThreadsTests {
    /// How often the file is sent, so that blocks come and go.
    private static let loops = 40

    /// What a relay said, and who waits for it.
    private final class RelayLog: Sendable {
        private let lines = Locked<[String]>([])
        private let changed = NSCondition()

        func append(_ line: String) {
            changed.lock()
            lines.withLock { $0.append(line) }
            changed.broadcast()
            changed.unlock()
        }

        var all: [String] { lines.withLock { $0 } }

        /// Waits until so many lines begin with a word.
        func wait(for count: Int, _ word: String) -> [String] {
            changed.lock()
            defer { changed.unlock() }
            while true {
                let found = all.filter { $0.hasPrefix(word + " ") }
                if found.count >= count { return found }
                guard changed.wait(until: Date(timeIntervalSinceNow: 60)) else { return found }
            }
        }
    }

    private final class Job: Sendable {
        private let ending = Locked<Ending?>(nil)
        private let done = DispatchSemaphore(value: 0)

        init(_ body: @escaping @Sendable () throws -> Ending) {
            Thread { [ending, done] in
                let result = (try? body()) ?? Ending(.failed, "a loop could not be made")
                ending.withLock { $0 = result }
                done.signal()
            }.start()
        }

        func result() -> Ending? {
            _ = done.wait(timeout: .now() + 90)
            return ending.withLock { $0 }
        }
    }

    /// The frames of a file, without the headers.
    private func frames(_ bytes: [UInt8]) throws -> [[UInt8]] {
        var reader = FLVReader()
        reader.receive(bytes.span)
        reader.receiveEnd()
        var payloads: [[UInt8]] = []
        while let element = try reader.nextElement() {
            if case .tag(let tag) = element, tag.kind != .scriptData, tag.payload[1] == 1 {
                payloads.append(tag.payload)
            }
        }
        return payloads
    }

    private func name(_ home: Int, of count: Int) throws -> String {
        try #require(
            (0..<1_000).lazy.map { "show\($0)" }.first { name in
                (try? StreamName(app: "live", name: name)).map { Shard(0, of: count).home(of: $0) } == home
            })
    }

    @Test(arguments: [2, 3])
    func `players on all loops get all of a stream of any loop, bit by bit, and its end`(loops: Int) throws {
        let directory = try TemporaryDirectory()
        let log = RelayLog()
        let state = try LoopGroupState<RelayNote>(loops)
        var configuration = RelayConfiguration()
        configuration.listeners = [ListenAddress(host: "127.0.0.1", port: 0)]
        configuration.recordDirectory = directory.file("record")
        // However slow the machine is.
        configuration.maxLag = .seconds(60)
        let relay = Job { [configuration] in
            try LoopGroup.run(
                in: state, observer: Observer(log: { log.append($1) }), options: EventLoopOptions()
            ) { index in
                var configuration = configuration
                configuration.shard = Shard(index, of: loops)
                return Relay(configuration)
            }
        }
        let listening = try #require(log.wait(for: 1, "listening").first)
        let port = try #require(listening.firstMatch(of: /127\.0\.0\.1:([0-9]+)/)).1

        let surroundings = Stage().surroundings
        let names = try (0..<loops).map { try name($0, of: loops) }
        var players: [(file: String, job: Job)] = []
        for name in names {
            for number in 0..<(2 * loops) {
                let file = directory.file("\(name)-\(number).flv")
                let (configuration, _) = try Dump.configuration(
                    arguments(Dump.command, "rtmp://127.0.0.1:\(port)/live/\(name) \(file) --wait --timeout 60"),
                    surroundings)
                players.append(
                    (
                        file,
                        Job {
                            var loop = try EventLoop(PlayProgram(configuration))
                            return loop.run()
                        }
                    ))
            }
        }
        #expect(log.wait(for: players.count, "play").count == players.count)
        let source = Fixture.path("flv/h264_aac.flv")
        let publishers = try names.map { name in
            let configuration = try Publish.configuration(
                arguments(
                    Publish.command, "\(source) rtmp://127.0.0.1:\(port)/live/\(name) --loop \(Self.loops) --rate 20"),
                surroundings)
            return Job {
                var loop = try EventLoop(PublishProgram(configuration))
                return loop.run()
            }
        }
        for publisher in publishers { #expect(publisher.result()?.status == .done) }
        let frames = try self.frames(Fixture.bytes("flv/h264_aac.flv"))
        let expected = (0..<Self.loops).flatMap { _ in frames }
        for player in players {
            // Headers are sent once, frames as often as the file is.
            #expect(player.job.result()?.status == .done)
            #expect(try self.frames([UInt8](Data(contentsOf: URL(filePath: player.file)))) == expected)
        }
        #expect(log.wait(for: loops * 2, "record").count == loops * 2, "each begun and ended")
        state.mailboxes[0].post(.interrupted(.interrupt))
        let ending = relay.result()
        #expect(ending?.status == .interrupted)
    }
}
