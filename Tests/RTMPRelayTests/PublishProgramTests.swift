// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct PublishProgramTests {
    /// Scripted servers and a publisher to all of them.
    private final class Stage {
        let network: SimulatedNetwork
        let scripts: [ServerScript]
        var servers: [SimulatedHost] = []
        var publisher: SimulatedHost?

        /// - Parameter limits: bytes a second on the way to a server, by its number.
        init(_ scripts: [ServerScript], limits: [Int: Int] = [:], seed: UInt64 = 1, faults: Faults = .none) {
            network = SimulatedNetwork(seed: seed, faults: faults)
            self.scripts = scripts
            for (index, script) in scripts.enumerated() {
                let conditions = limits[index].map { Conditions.local.limited(to: $0) }
                servers.append(
                    network.add(host: "server\(index)", conditions: conditions, program: ScriptedServer(script)))
            }
            network.run(for: .milliseconds(10))
        }

        @discardableResult
        func publish(
            _ file: [UInt8]?, input: String = "in.flv", extra: [String] = [],
            _ change: (inout PublishConfiguration) -> Void = { _ in }
        ) throws -> SimulatedHost {
            let urls = scripts.indices.map { "rtmp://server\($0)/live/secret" } + extra
            var configuration = PublishConfiguration(input: input, urls: try urls.map { try RTMPURL($0) })
            change(&configuration)
            let publisher = network.add(host: "publisher", program: PublishProgram(configuration))
            if input == "-" {
                publisher.files.input = file ?? []
            } else if let file {
                publisher.files.contents[input] = file
            }
            self.publisher = publisher
            return publisher
        }

        func ending(within limit: Duration = .seconds(300)) throws -> Ending {
            let publisher = try #require(publisher)
            _ = network.runUntil(within: limit) { publisher.ending != nil }
            let ending = try #require(publisher.ending, "the publisher has not ended: \(publisher.log)")
            // What was sent may still be under way.
            network.run(for: .seconds(3))
            return ending
        }
    }

    /// What a server should have got of a file: metadata come with `@setDataFrame` in front.
    private func expected(seconds: Int, size: Int = 20) -> [MediaPacket] {
        SmallStream.packets(seconds: seconds, size: size).map { $0.wrappedInSetDataFrame() }
    }

    @Test(arguments: [(Faults.none, 1), (.rough, 2), (.rough, 3)] as [(Faults, UInt64)])
    func `a file arrives whole, at its own pace, and ends properly`(faults: Faults, seed: UInt64) throws {
        let script = ServerScript()
        let stage = Stage([script], seed: seed, faults: faults)
        let begin = stage.network.now
        let publisher = try stage.publish(SmallStream.file(seconds: 10))
        #expect(try stage.ending() == Ending(.done))
        let took = (try #require(publisher.endedAt) - begin) / .seconds(1)
        #expect(took > 9.9 && took < (seed == 1 ? 10.5 : 20))
        #expect(script.published == [expected(seconds: 10)])
        #expect(script.properEnds == 1)
        #expect(script.open == 0)
        #expect(script.requests == ["secret"])
    }

    @Test func `a recording is sent without the index and the padding in its metadata`() throws {
        var recording = Recording()
        for packet in SmallStream.packets(seconds: 5) {
            let kind: FLVTag.Kind = packet.kind == .video ? .video : packet.kind == .audio ? .audio : .scriptData
            recording.append(kind: kind, timestamp: packet.timestamp.milliseconds, payload: packet.payload.span)
        }
        recording.finish()
        var file: [UInt8] = []
        for operation in recording.takeOperations() {
            switch operation {
            case .append(let bytes, _): file += bytes
            case .overwrite(let offset, let bytes):
                file.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            }
        }
        let script = ServerScript()
        let stage = Stage([script])
        try stage.publish(file)
        #expect(try stage.ending() == Ending(.done))
        let sent = try #require(script.published.first)
        #expect(sent.dropFirst() == expected(seconds: 5).dropFirst())
        let payload = sent[0].payload
        #expect(payload.count < 600)
        let metadata = FLVMetadata(decoding: payload.span)
        #expect(metadata?.width == 640 && metadata?.duration == 5)
    }

    @Test func `a rate makes it faster`() throws {
        let script = ServerScript()
        let stage = Stage([script])
        let begin = stage.network.now
        let publisher = try stage.publish(SmallStream.file(seconds: 40)) { $0.rate = .paced(4) }
        #expect(try stage.ending() == Ending(.done))
        let took = (try #require(publisher.endedAt) - begin) / .seconds(1)
        #expect(took > 9.9 && took < 10.5)
        #expect(script.published == [expected(seconds: 40)])
    }

    @Test func `full speed waits for the slowest destination and loses nothing`() throws {
        let scripts = [ServerScript(), ServerScript()]
        let stage = Stage(scripts, limits: [1: 500_000])
        let publisher = try stage.publish(SmallStream.file(seconds: 200, size: 2_000)) { $0.rate = .max }
        #expect(try stage.ending() == Ending(.done))
        for script in scripts { #expect(script.published == [expected(seconds: 200, size: 2_000)]) }
        #expect(publisher.progress?.skipped == 0)
    }

    @Test func `a pipe is sent like a file`() throws {
        let script = ServerScript()
        let stage = Stage([script])
        try stage.publish(SmallStream.file(seconds: 3), input: "-")
        #expect(try stage.ending() == Ending(.done))
        #expect(script.published == [expected(seconds: 3)])
    }

    @Test func `loops go on in time`() throws {
        let script = ServerScript()
        let stage = Stage([script])
        try stage.publish(SmallStream.file(seconds: 2)) { $0.loops = 3 }
        #expect(try stage.ending() == Ending(.done))
        let packets = try #require(script.published.first)
        #expect(packets.count == 3 * 103)
        let video = packets.filter { $0.kind == .video && $0.payload[1] == 1 }.map(\.timestamp.milliseconds)
        #expect(video == (0..<150).map { UInt32($0 * 40) })
    }

    @Test func `a loop without end ends with an interruption`() throws {
        let script = ServerScript()
        let stage = Stage([script])
        let publisher = try stage.publish(SmallStream.file(seconds: 2)) { $0.loops = nil }
        stage.network.run(for: .seconds(30))
        stage.network.interrupt(publisher, .interrupt)
        #expect(try stage.ending(within: .seconds(5)).status == .interrupted)
        #expect(script.properEnds == 1)
        #expect(try #require(script.published.first).count > 14 * 103)
    }

    @Test func `a pipe cannot be looped`() throws {
        let script = ServerScript()
        let stage = Stage([script])
        try stage.publish(SmallStream.file(seconds: 1), input: "-") { $0.loops = 2 }
        #expect(try stage.ending().status == .badInput)
        #expect(script.published == [expected(seconds: 1)])
    }

    @Test func `start and duration cut at keyframes and begin at zero`() throws {
        let script = ServerScript()
        let stage = Stage([script])
        try stage.publish(SmallStream.file(seconds: 10)) {
            $0.start = .milliseconds(2_500)
            $0.duration = .seconds(2)
        }
        #expect(try stage.ending() == Ending(.done))
        let frames = try #require(script.published.first).filter { $0.kind == .video && $0.payload[1] == 1 }
        #expect(frames.map(\.payload) == (75..<125).map { SmallStream.video($0, isKeyframe: $0 % 25 == 0) })
        #expect(frames.map(\.timestamp.milliseconds) == (0..<50).map { UInt32($0 * 40) })
        #expect(script.published.first?.contains { $0.payload == SmallStream.videoHeader } == true)
    }

    @Test(arguments: [nil, [], Array("not an FLV file at all".utf8)] as [[UInt8]?])
    func `what is no FLV file bothers no server`(file: [UInt8]?) throws {
        let script = ServerScript()
        let stage = Stage([script])
        try stage.publish(file)
        let ending = try stage.ending()
        #expect(ending.status == .badInput)
        #expect(ending.message?.contains("in.flv") == true)
        #expect(script.connections == 0)
    }

    @Test func `a file that is cut off is sent as far as it goes`() throws {
        let script = ServerScript()
        let stage = Stage([script])
        try stage.publish(SmallStream.file(seconds: 3).dropLast(7))
        let ending = try stage.ending()
        #expect(ending.status == .badInput)
        #expect(ending.message?.contains("in.flv") == true)
        #expect(script.published == [Array(expected(seconds: 3).dropLast())])
        #expect(script.properEnds == 1)
    }

    @Test func `nobody at the address`() throws {
        let stage = Stage([])
        try stage.publish(SmallStream.file(seconds: 3), extra: ["rtmp://nowhere/live/secret"])
        let ending = try stage.ending()
        #expect(ending.status == .unavailable)
        #expect(ending.message?.contains("secret") == false)
    }

    @Test func `a refused name`() throws {
        let script = ServerScript()
        script.streamAnswer = .reject(.publishBadName)
        let stage = Stage([script])
        let publisher = try stage.publish(SmallStream.file(seconds: 3))
        let ending = try stage.ending()
        #expect(ending.status == .refused)
        #expect(ending.message?.contains("NetStream.Publish.BadName") == true)
        #expect(script.connections == 1)
        #expect(!publisher.logs.contains { $0.text == ending.message })
    }

    @Test func `garbage instead of a handshake`() throws {
        let script = ServerScript()
        script.greeting = [UInt8](repeating: 0x48, count: 8000)
        let stage = Stage([script])
        try stage.publish(SmallStream.file(seconds: 3))
        #expect(try stage.ending().status == .protocolError)
    }

    @Test func `one refusal does not harm the other destination`() throws {
        let scripts = [ServerScript(), ServerScript()]
        scripts[0].streamAnswer = .reject(.publishDenied)
        let stage = Stage(scripts)
        let publisher = try stage.publish(SmallStream.file(seconds: 3))
        let ending = try stage.ending()
        #expect(ending.status == .incomplete)
        #expect(ending.message?.contains("1 of 2") == true)
        #expect(scripts[1].published == [expected(seconds: 3)])
        #expect(publisher.logs.contains { $0.level == .error && $0.text.contains("Publish.Denied") })
    }

    @Test func `a lost destination resumes at a keyframe with timestamps that go on`() throws {
        let scripts = [ServerScript(), ServerScript()]
        let stage = Stage(scripts)
        let publisher = try stage.publish(SmallStream.file(seconds: 30))
        stage.network.after(.milliseconds(5_300)) { [network = stage.network, server = stage.servers[0]] in
            network.cutConnections(of: server, how: .reset)
        }
        #expect(try stage.ending() == Ending(.done))
        #expect(scripts[1].published == [expected(seconds: 30)])
        #expect(scripts[0].published.count == 2)
        let (first, second) = (scripts[0].published[0], scripts[0].published[1])
        #expect(second[0].isMetadata)
        #expect(second[1].payload == SmallStream.videoHeader || second[2].payload == SmallStream.videoHeader)
        let resumed = try #require(second.first { $0.kind == .video && $0.payload[1] == 1 })
        #expect(resumed.payload[0] == 0x17)
        #expect(resumed.timestamp.milliseconds % 1000 == 0 && resumed.timestamp.milliseconds >= 6000)
        #expect(first.allSatisfy { $0.timestamp.isBefore(resumed.timestamp) })
        #expect(second.allSatisfy { !$0.timestamp.isBefore(resumed.timestamp) })
        #expect(second.last == expected(seconds: 30).last)
        #expect(publisher.progress?.skipped ?? 0 > 0)
        #expect(publisher.logs.contains { $0.text.contains("trying again in") })
    }

    @Test func `a server that restarts gets the stream again`() throws {
        let script = ServerScript()
        let stage = Stage([script])
        try stage.publish(SmallStream.file(seconds: 60))
        stage.network.run(for: .seconds(10))
        stage.network.kill(stage.servers[0])
        stage.network.run(for: .seconds(5))
        stage.network.restart(stage.servers[0], program: ScriptedServer(script))
        #expect(try stage.ending() == Ending(.done))
        #expect(script.published.count == 2)
        #expect(script.published[1].last == expected(seconds: 60).last)
    }

    @Test func `a destination that is down at the end is told`() throws {
        let script = ServerScript()
        let stage = Stage([script])
        try stage.publish(SmallStream.file(seconds: 10))
        stage.network.run(for: .seconds(5))
        stage.network.kill(stage.servers[0])
        #expect(try stage.ending().status == .incomplete)
    }

    @Test func `waiting outlasts a missing server`() throws {
        let network = SimulatedNetwork(seed: 4)
        var configuration = PublishConfiguration(input: "in.flv", urls: [try RTMPURL("rtmp://server/live/x")])
        configuration.wait = true
        let publisher = network.add(host: "publisher", program: PublishProgram(configuration))
        publisher.files.contents["in.flv"] = SmallStream.file(seconds: 3)
        network.run(for: .seconds(60))
        #expect(publisher.ending == nil)
        let script = ServerScript()
        network.add(host: "server", program: ScriptedServer(script))
        #expect(network.runUntil { publisher.ending != nil })
        #expect(publisher.ending == Ending(.done))
        network.run(for: .seconds(1))
        #expect(script.published == [expected(seconds: 3)])
    }

    @Test func `a destination that is too slow skips to keyframes and harms nobody`() throws {
        let scripts = [ServerScript(), ServerScript()]
        let stage = Stage(scripts, limits: [1: 40_000])
        let publisher = try stage.publish(SmallStream.file(seconds: 60, size: 4_000))
        _ = try stage.ending()
        #expect(scripts[0].published == [expected(seconds: 60, size: 4_000)])
        let slow = try #require(scripts[1].published.first)
        let numbers = slow.filter { $0.kind == .video && $0.payload[1] == 1 }.map(frameNumber)
        #expect(numbers.count < 1300 && numbers.count > 200)
        for (previous, next) in zip(numbers, numbers.dropFirst()) where next != previous + 1 {
            #expect(next > previous && next % 25 == 0, "from \(previous) to \(next)")
        }
        #expect(publisher.progress?.skipped ?? 0 > 0)
    }

    @Test func `a destination that takes nothing is tried again`() throws {
        let scripts = [ServerScript(), ServerScript()]
        scripts[0].readsMedia = false
        let stage = Stage(scripts)
        let publisher = try stage.publish(SmallStream.file(seconds: 60, size: 4_000))
        _ = try stage.ending()
        #expect(scripts[0].connections > 1)
        #expect(scripts[1].published == [expected(seconds: 60, size: 4_000)])
        #expect(publisher.logs.contains { $0.text.contains("took no data") })
    }

    @Test(arguments: 1...15 as ClosedRange<UInt64>)
    func `whatever goes wrong, every connection begins with a keyframe and time never steps back`(seed: UInt64) throws {
        let scripts = [ServerScript(), ServerScript()]
        let stage = Stage(scripts, seed: seed, faults: .hostile)
        try stage.publish(SmallStream.file(seconds: 60, size: 1_000)) { $0.wait = true }
        let ending = try stage.ending(within: .seconds(200))
        #expect([.done, .incomplete, .badInput, .inputOutput].contains(ending.status), "seed \(seed): \(ending)")
        for script in scripts {
            var last = -1
            for packets in script.published {
                let frames = packets.filter { $0.kind == .video && $0.payload[1] == 1 }
                guard let first = frames.first else { continue }
                #expect(first.payload[0] == 0x17, "seed \(seed)")
                let headers = packets.prefix(3).map(\.payload)
                #expect(headers.contains(SmallStream.videoHeader) && headers.contains(SmallStream.audioHeader))
                for number in frames.map(frameNumber) {
                    #expect(number > last, "seed \(seed)")
                    #expect(number == last + 1 || number % 25 == 0, "seed \(seed): from \(last) to \(number)")
                    last = number
                }
            }
        }
    }

    private func frameNumber(_ packet: MediaPacket) -> Int {
        packet.payload[9..<13].reduce(0) { $0 << 8 | Int($1) }
    }
}
