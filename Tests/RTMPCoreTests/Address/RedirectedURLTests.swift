// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@Suite struct RedirectedURLTests {
    struct Move: Sendable, CustomTestStringConvertible {
        var from = "rtmp://a:1936/live/inst/key?token=1"
        var to: String
        var result: String
        var testDescription: String { "\(from) to \(to)" }
    }

    static let moves = [
        Move(to: "rtmp://b/app", result: "rtmp://b/app/key?token=1"),
        Move(to: "rtmp://b:19350/app/two/", result: "rtmp://b:19350/app/two/key?token=1"),
        Move(to: "rtmp://b/app?x=1", result: "rtmp://b/app?x=1/key?token=1"),
        Move(to: "rtmp://b/app/key?token=1", result: "rtmp://b/app/key?token=1"),
        Move(to: "rtmps://b/app", result: "rtmps://b/app/key?token=1"),
        Move(to: "//b/app", result: "rtmp://b/app/key?token=1"),
        Move(to: "/app", result: "rtmp://a:1936/app/key?token=1"),
        Move(to: "/app?u=rtmp://c/d", result: "rtmp://a:1936/app?u=rtmp://c/d/key?token=1"),
        Move(to: "other", result: "rtmp://a:1936/live/other/key?token=1"),
        Move(from: "rtmp://a/live?x=/y/key", to: "z", result: "rtmp://a/z"),
        Move(from: "rtmp://[::1]/live/key", to: "/app", result: "rtmp://[::1]/app/key"),
        Move(from: "rtmps://a/live/key", to: "//b/app", result: "rtmps://b/app/key"),
        Move(from: "rtmp://u:p@a/live/key", to: "/app", result: "rtmp://u:p@a/app/key"),
        Move(from: "rtmp://u:p@a/live/key", to: "rtmp://A:1936/app", result: "rtmp://u:p@A:1936/app/key"),
        Move(from: "rtmp://u:p@a/live/key", to: "rtmp://b/app", result: "rtmp://b/app/key"),
        Move(from: "rtmp://u:p@a/live/key", to: "rtmp://a.b/app", result: "rtmp://a.b/app/key"),
        Move(from: "rtmp://u:p@a/live/key", to: "rtmp://v@b/app", result: "rtmp://v@b/app/key"),
    ]

    @Test(arguments: moves) func `a target is a tcUrl, whole or relative`(_ move: Move) throws {
        #expect(try RTMPURL(move.from).redirected(to: move.to).text == move.result)
    }

    @Test(arguments: [
        ("rtmp://b/app", RTMPURLError.insecureRedirect), ("http://b/app", .unsupportedScheme("http")),
        ("rtmps://b", .missingApp), ("//", .missingHost), ("/", .missingApp), ("/a b", .invalidCharacter(offset: 11)),
        ("//b:0/app", .invalidPort("0")), ("//[::1/app", .invalidHost), ("://b/app", .missingScheme),
    ])
    func `bad targets are refused with the reason`(_ target: String, _ error: RTMPURLError) throws {
        let url = try RTMPURL("rtmps://a/live/key")
        #expect(throws: error) { try url.redirected(to: target) }
        #expect(!"\(error)".contains("key"))
    }

    @Test(arguments: SeededGenerator.seeds(100)) func `no target traps`(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array("rtmps:/?#@[]ab.1 \u{E9}")
        let url = try RTMPURL("rtmps://u:p@a/live/inst?q=/key")
        for _ in 0..<50 {
            let target = String(
                (0..<random.integer(in: 0..<12)).map { _ in letters[random.integer(in: 0..<letters.count)] })
            if let moved = try? url.redirected(to: target) {
                #expect(moved.isSecure)
                #expect(moved.password == nil || moved.host == "a" || target.contains("@"))
            }
        }
    }
}
