// SPDX-License-Identifier: Apache-2.0

import AMF
import TestSupport
import Testing

/// The snippets of AMF.docc, as they stand there, so that they go on compiling and working.
@Suite struct DocumentationTests {
    func durationOfMetadata(in payload: [UInt8]) -> Double? {
        let (values, _, error) = AMF0Value.decodePrefix(payload.span)
        if let error { print(error) }  // value 1, AMF0 string: the bytes end too early, at byte 17
        guard values.first?.string == "onMetaData" else { return nil }
        return values.dropFirst().first?["duration"]?.number
    }

    func connectCommand(app: String) throws(AMFError) -> [UInt8] {
        var bytes: [UInt8] = []
        try AMF0Value.encodeAll(["connect", 1, ["app": .string(AMFString(app)), "fpad": false]], into: &bytes)
        return bytes
    }

    @Test func `the first page decodes metadata`() {
        let payload = bytes(
            """
            02000a6f6e4d65746144617461 0800000002 00086475726174696f6e 004008000000000000
            00057769647468 004064000000000000 000009
            """)
        #expect(durationOfMetadata(in: payload) == 3)
        #expect(durationOfMetadata(in: []) == nil)
    }

    @Test func `the first page encodes a command`() throws {
        let bytes = try connectCommand(app: "live")
        #expect(
            try AMF0Value.decodeAll(bytes.span) == ["connect", 1, .object(["app": "live", "fpad": false])])
    }

    func describe(_ payload: [UInt8]) -> String {
        let (values, consumed, error) = AMF0Value.decodePrefix(payload.span)
        var text = "\(values.count) values in \(consumed) bytes"
        if let error { text += ", then \(error)" }
        return text
    }

    func size(in metadata: AMF0Value) -> (width: Int, height: Int)? {
        guard let width = metadata["width"]?.int, let height = metadata["height"]?.int else { return nil }
        return (width, height)
    }

    func metadata(width: Int, height: Int) -> AMF0Value {
        var object: AMF0Object = ["encoder": "mine", "stereo": true]
        object["width"] = .number(Double(width))
        object["height"] = .number(Double(height))
        return .ecmaArray(object, count: nil)
    }

    func inAMF3(_ value: AMF0Value) throws(AMFError) -> [UInt8] {
        var bytes: [UInt8] = []
        try value.preferringAMF3.encode(into: &bytes)
        return bytes
    }

    @Test func `the article reads and builds values`() throws {
        #expect(describe(bytes("05 01 01")) == "2 values in 3 bytes")
        #expect(describe(bytes("05 02 0005 61")).hasPrefix("1 values in 1 bytes, then value 1"))
        let found = size(in: metadata(width: 640, height: 360))
        #expect(found?.width == 640 && found?.height == 360)
        let nothing = size(in: 5)
        #expect(nothing == nil)
        #expect(try inAMF3(["a": 1]) == bytes("11 0a 0b 01 03 61 0401 01"))
    }

    @Test(arguments: ["AMF", "Values"]) func `the snippets are the ones compiled here`(_ name: String) {
        let page = DocumentationPage(name, of: "AMF")
        #expect(page.snippets.count >= 2 && page.missing() == [])
    }
}
