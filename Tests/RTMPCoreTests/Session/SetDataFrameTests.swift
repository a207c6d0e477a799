// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore
import Testing

@Suite struct SetDataFrameTests {
    private static func payload(_ kind: MediaPacket.Kind, hasFormatByte: Bool = true, _ values: [AMF0Value]) throws
        -> [UInt8]
    {
        var payload: [UInt8] = kind == .dataAMF3 && hasFormatByte ? [0] : []
        for value in values { try value.encode(into: &payload) }
        return payload
    }

    @Test(arguments: [(MediaPacket.Kind.data, true), (.dataAMF3, true), (.dataAMF3, false)])
    func `goes in front of data of both types, behind the format byte, and off again`(
        _ kind: MediaPacket.Kind, _ hasFormatByte: Bool
    ) throws {
        let values: [AMF0Value] = ["onMetaData", ["width": 640]]
        let bare = MediaPacket(
            kind, timestamp: 7, payload: try Self.payload(kind, hasFormatByte: hasFormatByte, values))
        let wrapped = MediaPacket(
            kind, timestamp: 7,
            payload: try Self.payload(kind, hasFormatByte: hasFormatByte, ["@setDataFrame"] + values))
        #expect(bare.wrappedInSetDataFrame() == wrapped)
        #expect(wrapped.wrappedInSetDataFrame() == wrapped)
        #expect(wrapped.unwrappedFromSetDataFrame() == bare)
        #expect(bare.unwrappedFromSetDataFrame() == bare)
        #expect(bare.isMetadata && wrapped.isMetadata)
    }

    @Test func `leaves sound and pictures alone`() throws {
        let packet = MediaPacket(.audio, timestamp: 7, payload: try Self.payload(.data, ["onMetaData"]))
        #expect(packet.wrappedInSetDataFrame() == packet)
        #expect(!packet.isMetadata)
    }
}
