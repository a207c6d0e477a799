// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPRelay

@Suite struct NameTemplateTests {
    private let time = UTCTime(milliseconds: 1_795_255_845_250)

    private func expanded(
        _ text: String, app: String = "live/inst", name: String = "show", index: Int = 7
    ) throws -> String {
        try NameTemplate(text).expanded(app: app, name: name, index: index, at: time)
    }

    @Test(arguments: [
        ("{app}/{name}.flv", "live/inst/show.flv"),
        ("{name}-{index}.flv", "show-0007.flv"),
        ("%Y%m%dT%H%M%S.%LZ", "20261121T101045.250Z"),
        ("%F_%T-%j-%y-%s", "2026-11-21_10:10:45-325-26-1795255845"),
        ("100%%/{name}", "100%/show"),
        ("plain", "plain"),
        (NameTemplate.standard.text, "live/inst/show-20261121T101045.250Z.flv"),
    ])
    func `braces and percent signs become what they stand for`(_ text: String, _ expected: String) throws {
        #expect(try expanded(text) == expected)
    }

    @Test func `the standard one is what its text says`() throws {
        #expect(try NameTemplate(NameTemplate.standard.text).tokens.count == NameTemplate.standard.tokens.count)
        #expect(try expanded(NameTemplate.standard.text, app: "") == "show-20261121T101045.250Z.flv")
    }

    @Test(arguments: ["{index", "{foo}", "%q", "a%", "", "dir/"])
    func `what is no template says why`(_ text: String) {
        let fault = #expect(throws: NameTemplate.Fault.self) { _ = try NameTemplate(text) }
        #expect(fault?.description.isEmpty == false)
    }

    @Test func `a template that leaves its directory is known`() throws {
        for inside in ["{app}/{name}.flv", "a/..b/c", "..."] { #expect(try NameTemplate(inside).staysInside) }
        for outside in ["../{name}", "/{name}", "a/../../b", "a/./b", "a//b", ".."] {
            #expect(try !NameTemplate(outside).staysInside, "\(outside)")
        }
    }

    @Test func `a name without number and time gets one in front of its extension`() throws {
        for (text, expected) in [
            ("a.flv", "a-{index}.flv"), ("d.x/a", "d.x/a-{index}"), ("a.b.flv", "a.b-{index}.flv"),
            (".a", ".a-{index}"),
        ] {
            #expect(try !NameTemplate(text).distinguishesFiles)
            #expect(try NameTemplate(text).withIndex().text == expected)
        }
        for text in ["{index}", "a-%Y"] { #expect(try NameTemplate(text).distinguishesFiles) }
        #expect(NameTemplate.numbered("a/b.c/d.flv", 2) == "a/b.c/d-2.flv")
    }

    @Test func `whatever a peer calls its stream, no part of the path is too long or cut inside of a character`() throws
    {
        let name = String(repeating: "ä", count: 2_000)
        let path = try expanded("{app}/{name}.flv", app: "a/" + name, name: "x" + name)
        let parts = path.split(separator: "/")
        #expect(parts.count == 3)
        for part in parts { #expect(part.utf8.count <= 104) }
        #expect(parts[2] == "x" + String(repeating: "ä", count: 49) + ".flv")
    }

    @Test func `what a template names it recognises, and nothing else`() throws {
        let texts = [
            "{app}/{name}-%Y%m%dT%H%M%S.%LZ.flv", "{name}-{index}.flv", "%F/{name}.flv", "{app}-{name}-%s",
            "x%Lx{index}",
        ]
        for text in texts {
            let template = try NameTemplate(text)
            for (app, name) in [("live", "show"), ("a/b", "c-d"), ("", "x-0001"), ("live", "2026")] {
                let path = template.expanded(app: app, name: name, index: 12_345, at: time)
                let stream = try #require(template.stream(of: path), "\(text): \(path)")
                if text.contains("{name}"), !text.contains("{app}-") { #expect(stream.hasSuffix(name)) }
                #expect(template.stream(of: path + "x") == nil)
                #expect(template.stream(of: "other.flv") == nil)
            }
        }
        let standard = NameTemplate.standard
        for path in ["live/show.flv", "live/show-20261121T101045Z.flv", "live/show-2026112aT101045.250Z.flv", ""] {
            #expect(standard.stream(of: path) == nil)
        }
    }

    @Test func `the directory to look in is what stands in front of what varies`() throws {
        for (text, directory, hasSubdirectories) in [
            ("{app}/{name}", "", true), ("out/{name}-{index}.flv", "out", false), ("/a/b/%Y/{name}", "/a/b", true),
            ("{name}", "", false), ("/{name}", "/", false), ("a/b{app}", "a", true),
        ] {
            #expect(try NameTemplate(text).directory == directory)
            #expect(try NameTemplate(text).hasSubdirectories == hasSubdirectories, "\(text)")
        }
    }
}
