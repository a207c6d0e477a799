// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPRelay

@Suite struct RetentionTests {
    private func files(_ names: String...) throws -> [ListedFile] {
        names.enumerated().map { ListedFile(path: $1, size: 100, modified: Int64($0) * 1000) }
    }

    private func removed(
        _ files: [ListedFile], current: Set<String> = [], now: Int64 = 10_000, _ change: (inout Retention) -> Void
    ) throws -> [String] {
        var retention = Retention()
        change(&retention)
        return try retention.removed(from: files, NameTemplate("{app}/{name}-{index}.flv"), current: current, now: now)
    }

    @Test func `the newest of each stream stay`() throws {
        let files = try files("a/x-0001.flv", "a/y-0001.flv", "a/x-0002.flv", "b/x-0001.flv", "a/x-0003.flv")
        #expect(try removed(files) { $0.count = 2 } == ["a/x-0001.flv"])
        #expect(try removed(files) { $0.count = 1 } == ["a/x-0001.flv", "a/x-0002.flv"])
        #expect(try removed(files) { _ in } == [])
    }

    @Test func `what is older than allowed goes`() throws {
        let files = try files("a/x-0001.flv", "a/x-0002.flv", "a/x-0003.flv")
        #expect(try removed(files, now: 4_000) { $0.age = .milliseconds(2_500) } == ["a/x-0001.flv", "a/x-0002.flv"])
    }

    @Test func `the oldest go until the rest is small enough`() throws {
        let files = try files("a/x-0001.flv", "b/y-0001.flv", "a/x-0002.flv")
        #expect(try removed(files) { $0.size = 250 } == ["a/x-0001.flv"])
        #expect(try removed(files) { $0.size = 99 }.count == 3)
    }

    @Test func `nothing is touched that is written to, or that the template cannot have named`() throws {
        let files = try files("a/x-0001.flv.part", "a/x-0002.flv", "a/holiday.flv", "x-1.flv", "a/x-0003.flv.bak")
        #expect(
            try removed(files, current: ["a/x-0002.flv"], now: 600_000) { $0.size = 1 } == ["a/x-0001.flv.part"])
    }

    @Test func `a file that grew minutes ago belongs to another loop or process`() throws {
        let files = try files("a/x-0001.flv.part", "a/x-0002.flv")
        #expect(try removed(files, now: 599_999) { $0.size = 1 } == ["a/x-0002.flv"])
        #expect(try removed(files, now: 600_000) { $0.size = 1 } == ["a/x-0001.flv.part", "a/x-0002.flv"])
    }
}
