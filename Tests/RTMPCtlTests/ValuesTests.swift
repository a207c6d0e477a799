// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import rtmpctl

@Suite struct ValuesTests {
    @Test(arguments: [
        ("90", 90_000), ("0", 0), ("1.5", 1_500), ("0.001", 1), ("500ms", 500), ("30s", 30_000), ("1.5m", 90_000),
        ("2h", 7_200_000), ("1:30", 90_000), ("1:02:03.5", 3_723_500), ("00:00:10", 10_000),
    ])
    func `times are read`(_ text: String, _ milliseconds: Int64) {
        #expect(Arguments.milliseconds(text) == milliseconds)
    }

    @Test(arguments: [
        "", "s", "ms", "-1", "1e3", "0x10", "nan", "inf", "1:", ":1", "1:2:3:4", "1.5:00", "1 s", "１", ".", "1.2.3",
        "99999999999999999999h", "99999999999999999999:0",
    ])
    func `what is no time is refused`(_ text: String) {
        #expect(Arguments.milliseconds(text) == nil)
    }

    @Test(arguments: [("0", 0), ("1000", 1000), ("64M", 67_108_864), ("2g", 2_147_483_648), ("1.5k", 1_536)])
    func `sizes are read`(_ text: String, _ bytes: Int64) {
        #expect(Arguments.bytes(text) == bytes)
    }

    @Test(arguments: ["", "M", "-1", "1e3", "1MB", "99999999999999999999", "99999999999G"])
    func `what is no size is refused`(_ text: String) {
        #expect(Arguments.bytes(text) == nil)
    }

    @Test func `addresses to listen on are read`() throws {
        #expect(try ListenAddress(argument: ":1935") == ListenAddress(host: nil, port: 1935))
        #expect(try ListenAddress(argument: ":0") == ListenAddress(host: nil, port: 0))
        #expect(try ListenAddress(argument: "127.0.0.1:19350") == ListenAddress(host: "127.0.0.1", port: 19350))
        #expect(try ListenAddress(argument: "[::1]:1936") == ListenAddress(host: "::1", port: 1936))
        #expect(try ListenAddress(argument: "[::1]") == ListenAddress(host: "::1", port: 1935))
        #expect(try ListenAddress(argument: "localhost") == ListenAddress(host: "localhost", port: 1935))
    }

    @Test(arguments: ["1935", "::1", "a:b", "a:", "a:65536", "a:-1", "a:1935:1", "[::1]:x"])
    func `what is no address to listen on is refused`(_ text: String) {
        #expect(throws: Failure.self) { try ListenAddress(argument: text) }
    }
}
