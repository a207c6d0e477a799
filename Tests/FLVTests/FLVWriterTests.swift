// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

@Suite struct FLVWriterTests {
    @Test func `a small file is written bit by bit`() throws {
        #expect(try hex(ReadFile(FLVReaderTests.small).rewritten()) == hex(FLVReaderTests.small))
    }

    @Test(arguments: Fixture.list("flv", suffix: ".flv"))
    func `a file that was read is written to the same bytes`(_ name: String) throws {
        let content = Fixture.bytes(name)
        let file = ReadFile(content)
        let rewritten = try file.rewritten()
        if name.contains("prevtagsize") {
            #expect(rewritten == Fixture.bytes("flv/h264_aac.flv"), "wrong sizes become right ones")
        } else if let error = file.error {
            #expect(name.contains("broken_"))
            #expect(rewritten == Array(content[..<error.offset]))
        } else {
            #expect(rewritten == content)
        }
    }

    @Test func `what the format cannot express is refused and writes nothing`() {
        var writer = FLVWriter()
        var output: [UInt8] = []
        let tooLarge = FLVTag(kind: .video, timestamp: 0, payload: [UInt8](repeating: 0, count: 0x100_0000))
        let refused = [
            tooLarge, FLVTag(kind: .init(rawValue: 32), timestamp: 0, payload: []),
            FLVTag(kind: .audio, timestamp: 0, streamID: 0x100_0000, payload: []),
        ]
        for tag in refused {
            let error = #expect(throws: FLVError.self) { try writer.write(tag, into: &output) }
            #expect(error?.code == .unrepresentable)
        }
        #expect(output == [])
    }
}
