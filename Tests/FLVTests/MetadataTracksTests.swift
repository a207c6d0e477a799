// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import TestSupport
import Testing

@Suite struct MetadataTracksTests {
    /// E-RTMP's way to describe a second video track: {"1": {width: 96, height: 64, videocodecid: avc1}}.
    private let map = """
        02 000a 6f6e4d65746144617461 03
        0013 766964656f547261636b4964496e666f4d6170 03 0001 31 03 0005 7769647468 00 4058000000000000
        0006 686569676874 00 4050000000000000 000c 766964656f636f6465636964 00 41d85d98cc400000 000009 000009 000009
        """

    @Test func `further tracks are described beside the default one`() throws {
        let payload = bytes(map)
        let decoded = FLVMetadata(decoding: payload.span)
        let metadata = try #require(decoded)
        #expect(metadata.describedVideoTracks == [1] && metadata.describedAudioTracks.isEmpty)
        #expect(metadata.width == nil)
        let track = try #require(metadata[video: 1])
        #expect(track.width == 96 && track.height == 64 && track.videoCodec == .enhanced(.avc1))
        #expect(metadata[video: 2] == nil && metadata[audio: 1] == nil)
    }

    @Test func `what is set reads back, and nothing leaves nothing`() {
        var metadata = FLVMetadata(["duration": 3])
        metadata[audio: 2] = FLVMetadata(["samplerate": 48_000, "channels": 6, "language": "de"])
        metadata[video: 1] = FLVMetadata(["width": 640])
        metadata[video: 9] = FLVMetadata(["width": 320])
        #expect(metadata.describedVideoTracks == [1, 9] && metadata.describedAudioTracks == [2])
        #expect(metadata[audio: 2]?.audioSampleRate == 48_000)
        #expect(metadata[audio: 2]?.properties["language"] == "de")
        for track: UInt8 in [1, 9] { metadata[video: track] = nil }
        metadata[audio: 2] = nil
        #expect(metadata == FLVMetadata(["duration": 3]))
    }

    @Test func `maps of a strange kind describe nothing`() {
        let metadata = FLVMetadata([
            "videoTrackIdInfoMap": 5, "audioTrackIdInfoMap": ["x": ["samplerate": 1], "300": [:], "7": "text"],
        ])
        #expect(metadata.describedVideoTracks.isEmpty && metadata.describedAudioTracks == [7])
        #expect(metadata[video: 1] == nil && metadata[audio: 7] == nil)
    }
}
