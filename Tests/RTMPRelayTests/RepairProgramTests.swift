// SPDX-License-Identifier: Apache-2.0

import Foundation
import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct RepairProgramTests {
    private struct Outcome {
        var ending: Ending
        var files: SimulatedFiles

        var said: String { String(decoding: files.output, as: UTF8.self) }
    }

    private func repair(
        _ bytes: [UInt8]?, input: String = "in.flv", replacing: Bool = false, form: ReportForm = .text,
        _ change: (inout SimulatedFiles) -> Void = { _ in }
    ) throws -> Outcome {
        let network = SimulatedNetwork(seed: 1)
        let program = RepairProgram(path: input, output: "out.flv", replacing: replacing, form: form)
        let host = network.add(host: "here", program: program)
        if input == "-" {
            host.files.input = bytes ?? []
        } else if let bytes {
            host.files.contents[input] = bytes
        }
        change(&host.files)
        _ = network.runUntil(within: .seconds(600)) { host.ending != nil }
        return Outcome(ending: try #require(host.ending, "the repair has not ended: \(host.log)"), files: host.files)
    }

    @Test(arguments: ["in.flv", "-"])
    func `a damaged file or pipe becomes a right file, and the report says so`(input: String) throws {
        let damaged = Fixture.bytes("flv/broken_garbage_between_tags.flv")
        let outcome = try repair(damaged, input: input)
        #expect(outcome.ending == Ending(.done))
        let file = try #require(outcome.files.contents["out.flv"])
        #expect(StrictFLV(file).faults == [])
        #expect(outcome.said.contains("\n  byte 19129: 777 bytes that are no tag; left out\n"))
        #expect(outcome.said.hasSuffix(", 777 bytes left out\n"))
        if input != "-" { #expect(outcome.files.contents[input] == damaged, "the original stays as it is") }
    }

    @Test func `programs get JSON`() throws {
        let outcome = try repair(Fixture.bytes("flv/broken_truncated_midtag.flv"), form: .json)
        let json = try #require(JSONSerialization.jsonObject(with: outcome.files.output.data) as? [String: Any])
        #expect(json["status"] as? Int == 0)
        #expect(json["tagsKept"] as? Int == 121)
        #expect(json["bytesDropped"] as? Int == 1_598)
        #expect(json["outputBytes"] as? Int == outcome.files.contents["out.flv"]?.count)
        #expect((json["counts"] as? [String: Int])?["cutOff"] == 1)
        #expect((json["findings"] as? [[String: Any]])?.isEmpty == false)
    }

    @Test func `a file in the way is refused, and replaced when that is asked for`() throws {
        let file = SmallStream.file(seconds: 2)
        let refused = try repair(file) { $0.contents["out.flv"] = [1] }
        #expect(refused.ending.status == .cannotCreate)
        #expect(refused.files.contents["out.flv"] == [1])
        let replaced = try repair(file, replacing: true) { $0.contents["out.flv"] = [1] }
        #expect(replaced.ending == Ending(.done))
        #expect(replaced.said.contains("in.flv\n  byte 13: no duration; put in\n"))
    }

    @Test func `what holds no tag leaves no file`() throws {
        for bytes in [Array("hello".utf8), [], nil] as [[UInt8]?] {
            let outcome = try repair(bytes)
            #expect(outcome.ending.status == .badInput)
            #expect(outcome.files.contents["out.flv"] == nil)
        }
    }

    @Test func `a full disk leaves a right file that is shorter`() throws {
        let file = SmallStream.file(seconds: 600, size: 1_000)
        let outcome = try repair(file) { $0.capacity = file.count * 3 / 2 }
        #expect(outcome.ending.status == .inputOutput)
        let left = try #require(outcome.files.contents["out.flv"])
        #expect(left.count > file.count / 4)
        #expect(StrictFLV(left).faults == [])
    }
}

extension [UInt8] {
    fileprivate var data: Data { Data(self) }
}
