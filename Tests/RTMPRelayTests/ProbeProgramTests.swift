// SPDX-License-Identifier: Apache-2.0

import Foundation
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct ProbeProgramTests {
    /// What a probe said and how it ended.
    private struct Outcome {
        var ending: Ending
        var output: String

        func json() throws -> [String: Any] {
            try #require(JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        }
    }

    private func probe(
        _ script: ServerScript, url: String = "rtmp://server/live/secret?k=1", seed: UInt64 = 1,
        faults: Faults = .none, _ change: (inout ProbeConfiguration) -> Void = { _ in }
    ) throws -> Outcome {
        let network = SimulatedNetwork(seed: seed, faults: faults)
        _ = network.add(host: "server", program: ScriptedServer(script))
        network.run(for: .milliseconds(10))
        var configuration = ProbeConfiguration(url: try RTMPURL(url))
        configuration.form = .json
        change(&configuration)
        return try run(ProbeProgram(configuration), in: network)
    }

    private func run<P: Program & ~Copyable>(
        _ program: consuming sending P, in network: SimulatedNetwork, files: [String: [UInt8]] = [:],
        input: [UInt8] = []
    ) throws -> Outcome {
        let host = network.add(host: "probe", program: program)
        host.files.contents = files
        host.files.input = input
        _ = network.runUntil(within: .seconds(120)) { host.ending != nil }
        let ending = try #require(host.ending, "the probe has not ended: \(host.log)")
        return Outcome(ending: ending, output: String(decoding: host.files.output, as: UTF8.self))
    }

    @Test(arguments: [(Faults.none, 1), (.rough, 2)] as [(Faults, UInt64)])
    func `a stream is looked at for as long as wanted`(faults: Faults, seed: UInt64) throws {
        let script = ServerScript(media: SmallStream.live(seconds: 60, from: 70_000))
        let outcome = try probe(script, seed: seed, faults: faults)
        #expect(outcome.ending == Ending(.done))
        let json = try outcome.json()
        #expect(json["status"] as? Int == 0)
        #expect(json["failedStep"] is NSNull)
        #expect(json["handshake"] as? String == "digest")
        #expect(json["chunkSize"] as? Int == 60_000)
        #expect(json["input"] as? String == "rtmp://server/live/***")
        #expect(!outcome.output.contains("secret") && !outcome.output.contains("k=1"))
        let tracks = try #require(json["tracks"] as? [[String: Any]])
        #expect(tracks.map { $0["codec"] as? String } == ["h264", "aac"])
        let frames = try #require(tracks[0]["frames"] as? Int)
        #expect((110...130).contains(frames), "five seconds of 25 pictures")
        #expect(tracks[0]["frameRate"] as? Double == 25)
        #expect(tracks[1]["sampleRate"] as? Int == 44_100)
        let steps = try #require(json["steps"] as? [[String: Any]])
        let times = steps.compactMap { $0["seconds"] as? Double }
        #expect(times.count == 6 && times == times.sorted())
        #expect(script.open == 0 || seed == 2)
    }

    @Test func `a stream that ends is reported at once`() throws {
        let outcome = try probe(ServerScript(media: SmallStream.live(seconds: 2))) { $0.duration = .seconds(60) }
        #expect(outcome.ending == Ending(.done))
        #expect(try outcome.json()["durationSeconds"] as? Double == 2)
    }

    @Test func `people get lines`() throws {
        let outcome = try probe(ServerScript(media: SmallStream.live(seconds: 3))) { $0.form = .text }
        #expect(outcome.output.hasPrefix("rtmp://server/live/***\n  reach     after "))
        #expect(outcome.output.contains("\n  handshake after "))
        #expect(outcome.output.contains(", digest\n"))
        #expect(outcome.output.contains("chunks of 60000 bytes"))
        #expect(outcome.output.contains("\n  video 0   H.264 High 3.0 (avc1.64001e)"))
        #expect(outcome.output.contains("25.0 fps, 3 keyframes every 1.000 s"))
    }

    @Test func `each step that fails is named, with the exit status of play`() throws {
        var refusing = ServerScript()
        refusing.connectAnswer = .reject(.connectInvalidApp)
        #expect(try failure(refusing) == ["connect", "77"])
        let closing = ServerScript()
        closing.connectAnswer = .close
        #expect(try failure(closing) == ["connect", "77"])
        let unknown = ServerScript()
        unknown.streamAnswer = .reject(.playStreamNotFound)
        #expect(try failure(unknown) == ["play", "77"])
        let silent = ServerScript()
        silent.streamAnswer = .silence
        #expect(try failure(silent) == ["play", "69"])
        refusing = ServerScript(media: [], end: .silence)
        #expect(try failure(refusing) == ["media", "69"])
        let web = ServerScript()
        web.greeting = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
        #expect(try failure(web) == ["handshake", "76"])
        #expect(try failure(ServerScript(), url: "rtmp://server:1936/live/x") == ["reach", "69"])
    }

    private func failure(_ script: ServerScript, url: String = "rtmp://server/live/x") throws -> [String] {
        let outcome = try probe(script, url: url)
        let json = try outcome.json()
        #expect(json["message"] as? String == outcome.ending.message)
        return ["\(json["failedStep"] ?? "none")", "\(outcome.ending.status.rawValue)"]
    }

    @Test func `a connection that breaks leaves a report and 2`() throws {
        let outcome = try probe(ServerScript(media: SmallStream.live(seconds: 2), end: .close))
        #expect(outcome.ending.status == .incomplete)
        #expect(try outcome.json()["failedStep"] is NSNull)
        #expect(outcome.output.contains("h264"))
    }

    @Test func `files and pipes are looked at`() throws {
        let file = SmallStream.file(seconds: 4)
        for path in ["a.flv", "-"] {
            let outcome = try run(
                InspectProgram(path: path, form: .json), in: SimulatedNetwork(seed: 1), files: ["a.flv": file],
                input: file)
            #expect(outcome.ending == Ending(.done))
            let json = try outcome.json()
            #expect(json["durationSeconds"] as? Double == 4)
            #expect((json["container"] as? [String: Any])?["bytes"] as? Int == file.count)
        }
    }

    @Test func `what is broken, missing or no file at all has its status`() throws {
        let file = SmallStream.file(seconds: 4)
        let files = ["cut": Array(file.dropLast(20)), "text": Array("hello".utf8), "empty": Array(file[..<13])]
        for (name, status) in [("cut", 2), ("text", 65), ("empty", 65), ("none", 65)] as [(String, Int32)] {
            let outcome = try run(
                InspectProgram(path: name, form: .text), in: SimulatedNetwork(seed: 1), files: files)
            #expect(outcome.ending.status.rawValue == status, "\(name): \(outcome.ending)")
            #expect(outcome.output.hasPrefix(name == "none" ? "" : "\(name)\n  container "))
        }
    }
}
