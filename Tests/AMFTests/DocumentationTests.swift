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
}
