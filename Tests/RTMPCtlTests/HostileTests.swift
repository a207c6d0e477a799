// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import FLV
    import Foundation
    import RTMPCore
    import RTMPTransport
    import TestSupport
    import Testing

    /// Hundreds of hostile peers beside one honest publisher and ten honest players, over sockets.
    ///
    /// `Scripts/hostile.sh` runs it with a release build of the relay, for longer.
    @Suite(.timeLimit(.minutes(10))) struct HostileTests {
        private static func number(_ name: String, _ otherwise: Int) -> Int {
            ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? otherwise
        }

        /// `rtmpctl`, whose output goes to files: a pipe that nobody reads would hold it up.
        private final class Command {
            let process = Process()
            let log: URL

            init(_ name: String, _ arguments: [String], in directory: URL) throws {
                log = directory.appending(path: name + ".log")
                _ = FileManager.default.createFile(atPath: log.path, contents: nil)
                process.executableURL = URL(
                    filePath: ProcessInfo.processInfo.environment["RTMPCTL"] ?? ToolProcess.path)
                process.arguments = arguments
                process.currentDirectoryURL = directory
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = FileHandle.nullDevice
                process.standardError = try FileHandle(forWritingTo: log)
                try process.run()
            }

            var said: String { String(decoding: (try? Data(contentsOf: log)) ?? Data(), as: UTF8.self) }

            func end() -> Int32 {
                process.interrupt()
                process.waitUntilExit()
                return process.terminationStatus
            }

            deinit { if process.isRunning { process.terminate() } }
        }

        /// Memory of a process in kilobytes: resident, and of that what is no file's.
        private struct Memory: CustomStringConvertible {
            var resident = 0
            var anonymous = 0
            var description: String { "\(resident) kB resident, \(anonymous) kB anonymous" }

            init(of process: Process) {
                let text =
                    (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
                func value(_ name: String) -> Int {
                    let words = text.split(separator: "\n").first { $0.hasPrefix(name) }?.split { $0.isWhitespace }
                    return words?.dropFirst().first.flatMap { Int($0) } ?? 0
                }
                resident = value("VmRSS:")
                anonymous = value("RssAnon:")
            }
        }

        /// Asks again and again until something holds.
        private func wait(_ seconds: Double, until holds: () -> Bool) -> Bool {
            let limit = Date(timeIntervalSinceNow: seconds)
            while Date() < limit {
                if holds() { return true }
                Thread.sleep(forTimeInterval: 0.02)
            }
            return holds()
        }

        /// The memory of a process once it has not become less for longer than the relay waits between giving some back.
        private func settled(_ process: Process) -> Memory {
            var least = Memory(of: process)
            while wait(7, until: { Memory(of: process).resident * 100 < least.resident * 99 }) {
                least = Memory(of: process)
            }
            return least
        }

        /// The payloads of all frames, configurations left out: a publisher that loops repeats them.
        private func frames(_ bytes: [UInt8]) throws -> [[UInt8]] {
            var reader = FLVReader()
            reader.receive(bytes.span)
            reader.receiveEnd()
            var frames: [[UInt8]] = []
            while let element = try reader.nextElement() {
                guard case .tag(let tag) = element else { continue }
                let role =
                    switch tag.kind {
                    case .video: MediaClass(video: tag.payload.span).role
                    case .audio: MediaClass(audio: tag.payload.span).role
                    default: MediaClass.Role.metadata
                    }
                if role == .keyframe || role == .interFrame || role == .audioFrame { frames.append(tag.payload) }
            }
            return frames
        }

        /// Whether `part` is a gap-free run of `whole`, repeated without end.
        private func isRun(_ part: [[UInt8]], of whole: [[UInt8]]) -> Bool {
            whole.indices.contains { start in
                part.indices.allSatisfy { part[$0] == whole[(start + $0) % whole.count] }
            }
        }

        @Test func `a hostile crowd costs honest players nothing, and leaves no memory behind`() throws {
            let count = Self.number("RTMP_HOSTILE_COUNT", 500)
            let seconds = Self.number("RTMP_HOSTILE_SECONDS", 15)
            let seed = UInt64(Self.number("RTMP_SEED", 1))
            let directory = try TemporaryDirectory()
            let relay = try Command("relay", ["relay", "--listen", "127.0.0.1:0"], in: directory.url)
            var port: UInt16 = 0
            #expect(
                wait(20) {
                    port = relay.said.firstMatch(of: /listening on 127.0.0.1:(\d+)/).flatMap { UInt16($0.1) } ?? 0
                    return port != 0
                })
            let url = "rtmp://127.0.0.1:\(port)/live/show"
            let fixture = Fixture.path("flv/h264_aac.flv")
            let publisher = try Command("publisher", ["publish", fixture, url, "--loop", "--quiet"], in: directory.url)
            let players = try (0..<10).map { number in
                try Command("player \(number)", ["dump", url, "\(number).flv", "--wait", "--quiet"], in: directory.url)
            }
            func size(_ number: Int) -> Int {
                let values = try? URL(filePath: directory.file("\(number).flv")).resourceValues(forKeys: [.fileSizeKey])
                return values?.fileSize ?? 0
            }
            #expect(wait(30) { (0..<10).allSatisfy { size($0) > 100_000 } }, "the players play")

            func attack(by count: Int, for time: Duration) throws -> HostileRecord {
                let record = HostileRecord()
                var loop = try EventLoop(
                    HostileCrowd(
                        of: count, at: NetworkAddress(host: "127.0.0.1", port: port), app: "live", stream: "show",
                        for: time, seed: seed, record: record))
                #expect(loop.run().status == .done)
                return record
            }
            // What a program needs once, for the first of each kind, is not what a crowd leaves behind.
            _ = try attack(by: 2 * HostileKind.allCases.count, for: .seconds(2))
            let before = settled(relay.process)

            let record = try attack(by: count, for: .seconds(seconds))
            let during = Memory(of: relay.process)
            var after = during
            let isBack = wait(Double(Self.number("RTMP_HOSTILE_WAIT", 40))) {
                after = Memory(of: relay.process)
                return after.resident * 10 <= before.resident * 11
            }
            let sizes = (0..<10).map(size)
            #expect(wait(10) { (0..<10).allSatisfy { size($0) > sizes[$0] } }, "the players still play")
            #expect(relay.process.isRunning && publisher.process.isRunning)
            #expect(publisher.end() == 130)
            for (number, player) in players.enumerated() {
                player.process.waitUntilExit()
                #expect(player.process.terminationStatus == 0, "player \(number): \(player.said)")
            }
            let lines = relay.said.split(separator: "\n").count
            #expect(relay.end() == 130)

            let sent = try frames(Fixture.bytes("flv/h264_aac.flv"))
            for number in 0..<10 {
                let got = try frames([UInt8](Data(contentsOf: directory.url.appending(path: "\(number).flv"))))
                #expect(got.count > sent.count, "player \(number)")
                #expect(isRun(got, of: sent), "player \(number) has a gap or a wrong byte (seed \(seed))")
            }
            let keepsFreedMemory = ProcessInfo.processInfo.environment["RTMP_KEEPS_FREED_MEMORY"] != nil
            #expect(isBack || keepsFreedMemory, "memory: \(before) before, \(after) after")
            #expect(record.mostConnected > count / 2)
            for kind in HostileKind.allCases {
                let tally = record[kind]
                #expect(tally.connected > 0, "\(kind)")
                if kind.mustBeRefused { #expect(tally.closed > 0, "\(kind) \(tally)") }
            }
            print("hostile: \(count) peers for \(seconds) s, \(record.mostConnected) at once, seed \(seed)")
            print("hostile: relay \(before) before, \(during) at the end of it, \(after) after; \(lines) log lines")
            for kind in HostileKind.allCases {
                let tally = record[kind]
                print("hostile: \(kind) connected \(tally.connected), closed \(tally.closed), sent \(tally.sent)")
            }
        }
    }
#endif
