// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@Suite struct RTMPURLTests {
    struct Split: Sendable, CustomTestStringConvertible {
        var text: String
        var app: String
        var name: String
        var testDescription: String { text }
    }

    static let splits = [
        Split(text: "rtmp://h/live", app: "live", name: ""),
        Split(text: "rtmp://h/live/", app: "live", name: ""),
        Split(text: "rtmp://h/live/key", app: "live", name: "key"),
        Split(text: "RTMP://h//live//key", app: "live", name: "key"),
        Split(text: "rtmp://h/live/inst/key", app: "live/inst", name: "key"),
        Split(text: "rtmp://h/live/inst/a/b/key", app: "live/inst/a/b", name: "key"),
        Split(text: "rtmp://h/live/key?a=1&b=/x/y", app: "live", name: "key?a=1&b=/x/y"),
        Split(text: "rtmp://h/live/key#part?x", app: "live", name: "key#part?x"),
        Split(text: "rtmp://h/live?vhost=v", app: "live?vhost=v", name: ""),
        Split(text: "rtmp://h/live/inst/", app: "live/inst", name: ""),
        Split(text: "rtmp://h//a//b//", app: "a//b", name: ""),
        Split(text: "rtmp://h/?x/y", app: "?x/y", name: ""),
        Split(text: "rtmp://h/live/mp4:movie.mp4", app: "live", name: "mp4:movie.mp4"),
        Split(text: "rtmp://h/live/%41b", app: "live", name: "%41b"),
    ]

    @Test(arguments: splits) func `the path is split at its last slash`(_ split: Split) throws {
        let url = try RTMPURL(split.text)
        #expect(url.app == split.app)
        #expect(url.name.value == split.name)
    }

    @Test func `an app given apart takes its part of the path`() throws {
        #expect(try RTMPURL("rtmp://h/a/b/c/d", app: "a/b").name.value == "c/d")
        #expect(try RTMPURL("rtmp://h/a/b/c/d", app: "a/b").app == "a/b")
        #expect(try RTMPURL("rtmp://h/a/b/c", app: "x").app == "x")
        #expect(try RTMPURL("rtmp://h/a/b/c", app: "x").name.value == "c")
        #expect(try RTMPURL("rtmp://h/a", app: "a").name.isEmpty)
        #expect(try RTMPURL("rtmp://h", app: "/a/").app == "a")
    }

    @Test func `a name given apart leaves the path to the app`() throws {
        let split = try RTMPURL("rtmp://h/live/inst/", name: "a/b?c=d")
        #expect(split.app == "live/inst")
        #expect(split.name.value == "a/b?c=d")
        #expect(try RTMPURL("rtmp://h/live/a/b", name: "a/b").app == "live")
        #expect(try RTMPURL("rtmp://h/live?x=1", name: "k").app == "live?x=1")
        #expect(try RTMPURL("rtmp://h/p/q", app: "a", name: "k").tcURL == "rtmp://h/a")
    }

    @Test func `hosts and ports`() throws {
        let plain = try RTMPURL("rtmp://example.org/live/k")
        #expect(plain.address == NetworkAddress(host: "example.org", port: 1935, isSecure: false))
        #expect(plain.tcURL == "rtmp://example.org/live")
        let secure = try RTMPURL("rtmps://example.org/live/k")
        #expect(secure.address == NetworkAddress(host: "example.org", port: 443, isSecure: true))
        #expect(secure.tcURL == "rtmps://example.org/live")
        let six = try RTMPURL("rtmp://[2001:db8::1]:1940/live/k")
        #expect(six.host == "2001:db8::1")
        #expect(six.port == 1940)
        #expect(six.tcURL == "rtmp://[2001:db8::1]:1940/live")
        #expect(try RTMPURL("rtmp://[::1]/live/k").tcURL == "rtmp://[::1]/live")
        #expect(try RTMPURL("rtmp://h:443/live/k").tcURL == "rtmp://h:443/live")
    }

    @Test func `user and password come out decoded and stay out of tcUrl`() throws {
        let url = try RTMPURL("rtmp://ali%40ce:p%3Aw@d@h:99/live/k")
        #expect(url.user == "ali@ce")
        #expect(url.password == "p:w@d")
        #expect(url.host == "h")
        #expect(url.port == 99)
        #expect(url.tcURL == "rtmp://h:99/live")
        #expect(try RTMPURL("rtmp://u%4@h/live").user == "u%4")
    }

    @Test func `no description shows a secret`() throws {
        let url = try RTMPURL("rtmp://alice:hunter2@h/live/sekret?token=hidden")
        #expect("\(url)" == "rtmp://alice:***@h/live/***")
        var dumped = ""
        dump(url, to: &dumped)
        dump([url.name], to: &dumped)
        for text in ["\(url)", String(reflecting: url), "\(url.name)", String(reflecting: url.name), dumped] {
            #expect(!text.contains("hunter2") && !text.contains("sekret") && !text.contains("hidden"))
        }
        #expect("\(try RTMPURL("rtmp://h/live?token=hidden"))" == "rtmp://h/live?***")
    }

    @Test func `the text of a URL reads back as the same URL`() throws {
        for text in Self.splits.map(\.text) + ["rtmps://a%3A:b%2F%40@[::1]:7/x/y?z", "rtmp://:p@h/a/b"] {
            let url = try RTMPURL(text)
            #expect(try RTMPURL(url.text) == url)
        }
    }

    static let faults: [(String, RTMPURLError)] = [
        ("", .missingScheme), ("host/app", .missingScheme), ("://h/a", .missingScheme), ("rtmp:/h/a", .missingScheme),
        ("http://h/a", .unsupportedScheme("http")), ("rtmpe://h/a", .unsupportedScheme("rtmpe")),
        ("live_1234_secret://h/a", .missingScheme), ("rtmp://", .missingHost), ("rtmp:///a/b", .missingHost),
        ("rtmp://:1935/a", .missingHost), ("rtmp://u@/a", .missingHost), ("rtmp://::1/a/b", .invalidHost),
        ("rtmp://[::1/a", .invalidHost), ("rtmp://[::1]x/a", .invalidHost), ("rtmp://[host]/a", .invalidHost),
        ("rtmp://h:0/a", .invalidPort("0")), ("rtmp://h:/a", .invalidPort("")),
        ("rtmp://h:65536/a", .invalidPort("65536")),
        ("rtmp://h:+1/a", .invalidPort("+1")), ("rtmp://h", .missingApp), ("rtmp://h/", .missingApp),
        ("rtmp://h/a b", .invalidCharacter(offset: 10)), ("rtmp://h/a\r\n", .invalidCharacter(offset: 10)),
        ("rtmp://h/" + String(repeating: "a", count: 4088), .tooLong(4097)),
    ]

    @Test(arguments: faults) func `a faulty URL is named as such`(_ text: String, _ fault: RTMPURLError) {
        let error = #expect(throws: RTMPURLError.self) { try RTMPURL(text) }
        #expect(error == fault)
        #expect(error?.description.isEmpty == false)
    }
}
