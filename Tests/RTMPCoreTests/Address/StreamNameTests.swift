// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@Suite struct StreamNameTests {
    @Test func `peers that split a path differently mean the same stream`() throws {
        let ways = [
            ("live/inst", "a/b/key"), ("live/inst/a", "b/key"), ("live/inst/a/b", "key"), ("live/inst/a/b/key", ""),
        ]
        let names = try ways.map { try StreamName(app: $0.0, name: $0.1) }
        #expect(Set(names).count == 1)
        #expect(names[0].path == "live/inst/a/b/key")
        #expect(names[0].app == "live/inst/a/b")
        #expect(names[0].name == "key")
    }

    @Test func `queries are cut and kept`() throws {
        let name = try StreamName(app: "live?vhost=v", name: "key?token=/a/b")
        #expect(name.path == "live/key")
        #expect(name.arguments == "token=/a/b&vhost=v")
        #expect(try StreamName(app: "live", name: "key").arguments.isEmpty)
        #expect(try StreamName(app: "live", name: "key") == name)
        #expect("\(name)" == "live/key")
        var dumped = ""
        dump(name, to: &dumped)
        #expect(!dumped.contains("token"))
    }

    static let paths: [(String, String, String)] = [
        ("/live/", "/key/", "live/key"), ("live/_definst_", "key", "live/key"), ("_definst_/live", "_definst_", "live"),
        ("live", "mp4:_definst_", "live"), ("live/key", "_definst_.mp4", "live/key"),
        ("", "key", "key"), ("live", "mp4:dir/movie.mp4", "live/dir/movie"), ("live", "mp4:movie", "live/movie"),
        ("live", "movie.mp4", "live/movie"), ("live/x/y", "FLV:abc", "live/x/y/abc"),
        ("live", "movie.flv", "live/movie"),
        ("live", "a.b.c", "live/a.b.c"), ("live", ".mp4", "live/.mp4"), ("live", "x:y", "live/x:y"),
        ("live", "...mp4", "live/...mp4"), ("live", "ключ", "live/ключ"),
    ]

    @Test(arguments: paths) func `paths are normalised`(_ app: String, _ name: String, _ path: String) throws {
        #expect(try StreamName(app: app, name: name).path == path)
    }

    static let faults: [(String, String, StreamNameError)] = [
        ("", "", .empty), ("///", "?a=b", .empty), ("_definst_", "mp4:", .empty), ("live", "..", .relativePart),
        ("live/../x", "key", .relativePart), ("live", "mp4:..", .relativePart), ("live", "./x", .relativePart),
        ("live", "..//\u{301}x", .relativePart), ("live", "../\u{301}x", .relativePart),
        ("live", "a\0b", .controlCharacter), ("live", "a\r\nb", .controlCharacter),
        ("live", "a\u{85}", .controlCharacter),
        ("live", String(repeating: "k", count: 4093), .tooLong(4097)),
    ]

    @Test(arguments: faults) func `what cannot be a file below a directory is refused`(
        _ app: String, _ name: String, _ fault: StreamNameError
    ) {
        let error = #expect(throws: StreamNameError.self) { try StreamName(app: app, name: name) }
        #expect(error == fault)
    }

    @Test func `an app matches by whole leading parts`() throws {
        let name = try StreamName(app: "live/a", name: "b")
        for prefix in ["", "live", "/live/", "live/a", "live/_definst_/a", "live/a/b"] {
            #expect(name.isWithin(app: prefix), "\(prefix)")
        }
        for prefix in ["liv", "a", "live/b", "live/a/b/c", "live/a/bb"] {
            #expect(!name.isWithin(app: prefix), "\(prefix)")
        }
    }
}
