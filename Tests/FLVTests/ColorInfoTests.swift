// SPDX-License-Identifier: Apache-2.0

import AMF
import FLV
import TestSupport
import Testing

@Suite struct ColorInfoTests {
    /// The colours of the first metadata packet of a file.
    private func colors(in name: String) throws -> ColorInfo? {
        for tag in ReadFile(fixture: name).tags where tag.kind == .video && !tag.isFiltered {
            let message = try VideoMessage(decoding: tag.payload.span)
            guard message.packetType == .metadata, message.form != .legacy, let track = message.tracks.first else {
                continue
            }
            return ColorInfo(decoding: track.body.span)
        }
        return nil
    }

    @Test(arguments: ["av1_hdr10.flv", "hevc_hdr10.flv", "synth_hevc_obs_meta_cmd_end.flv"])
    func `HDR10 as ffmpeg and OBS tell it`(_ name: String) throws {
        let color = try #require(try colors(in: name))
        #expect(color.colorPrimaries == 9 && color.transferCharacteristics == 16 && color.matrixCoefficients == 9)
        #expect(color.isHighDynamicRange && color.bitDepth == nil)
        #expect(color.maximumFrameAverageLightLevel == 400 && color.maximumContentLightLevel == 1000)
        let display = try #require(color.masteringDisplay)
        #expect(display.red == .init(x: 0.68, y: 0.32) && display.green == .init(x: 0.265, y: 0.69))
        #expect(display.blue == .init(x: 0.15, y: 0.06) && display.white == .init(x: 0.3127, y: 0.329))
        #expect(display.maximumLuminance == 1000 && display.minimumLuminance == 0.005)
    }

    @Test func `HLG needs no more, and most streams say nothing`() throws {
        let color = try #require(try colors(in: "vp9_hlg_colorinfo.flv"))
        #expect(color.transferCharacteristics == 18 && color.isHighDynamicRange && color.masteringDisplay == nil)
        #expect(try colors(in: "hevc_aac.flv") == ColorInfo())
        #expect(try colors(in: "h264_aac.flv") == nil)
    }

    @Test func `what is written reads back`() throws {
        var color = ColorInfo()
        var bodies: [[UInt8]] = []
        func check() {
            var body: [UInt8] = []
            color.encode(into: &body)
            bodies.append(body)
            let again = ColorInfo(decoding: body.span)
            #expect(again == color)
        }
        check()
        #expect(bodies[0] == bytes("02 0009 636f6c6f72496e666f 06"))
        color.bitDepth = 10
        color.transferCharacteristics = 16
        check()
        color.maximumContentLightLevel = 1_000
        color.masteringDisplay = .init()
        color.masteringDisplay?.white = .init(x: 0.3127, y: 0.329)
        color.masteringDisplay?.minimumLuminance = 0.005
        check()
        for name in ["av1_hdr10.flv", "vp9_hlg_colorinfo.flv"] {
            color = try #require(try colors(in: name))
            check()
        }
    }

    @Test func `odd bodies are read as far as they go`() throws {
        func color(_ hex: String) -> ColorInfo? {
            let body = bytes(hex)
            return ColorInfo(decoding: body.span)
        }
        #expect(color("") == nil)
        #expect(color("02 0009 636f6c6f72496e666f") == nil)
        #expect(color("02 0005 6f74686572 05") == nil)
        #expect(color("02 0005 6f74686572 05 02 0009 636f6c6f72496e666f 05") == ColorInfo())
        // An ECMA array, AMF3 inside of AMF0, and a number that is none.
        var body: [UInt8] = []
        try AMF0Value.encodeAll(
            ["colorInfo", .ecmaArray(["colorConfig": ["bitDepth": .number(.nan), "colorPrimaries": 9]], count: 7)],
            into: &body)
        #expect(color(hex(body))?.colorPrimaries == 9)
        body = []
        try AMF0Value.encodeAll(
            ["colorInfo", .avmPlus(["colorConfig": ["bitDepth": 12]])], into: &body)
        #expect(color(hex(body))?.bitDepth == 12)
    }
}
