// SPDX-License-Identifier: Apache-2.0

/// Reads a sequence header (AV1 §5.5).
enum AV1SequenceHeader {
    static func format(of bytes: [UInt8]) -> VideoFormat? {
        var bits = BitReader(bytes)
        let profile = bits.int(3)
        bits.skip(1)
        let isReduced = bits.bit()
        var rate: (UInt32, UInt32)?
        if isReduced {
            bits.skip(5)
        } else {
            rate = readOperatingPoints(&bits)
        }
        let widthBits = bits.int(4) + 1
        let heightBits = bits.int(4) + 1
        let (width, height) = (bits.int(widthBits) + 1, bits.int(heightBits) + 1)
        skipTools(isReduced: isReduced, &bits)
        guard !bits.isPastEnd, var format = VideoFormat(width: width, height: height) else { return nil }
        if let rate { format.setFrameRate(rate.0, rate.1) }
        readColor(&bits, profile: profile, into: &format)
        return bits.isPastEnd ? nil : format
    }

    /// - Returns: Ticks per second and ticks per frame, where all frames take equally long.
    private static func readOperatingPoints(_ bits: inout BitReader) -> (UInt32, UInt32)? {
        var rate: (UInt32, UInt32)?
        var delayBits: Int?
        if bits.bit() {
            let (units, scale) = (bits.bits(32), bits.bits(32))
            if bits.bit() {
                let (ticks, overflow) = units.multipliedReportingOverflow(by: UInt32(clamping: bits.ue() + 1))
                if !overflow { rate = (scale, ticks) }
            }
            if bits.bit() {
                delayBits = bits.int(5) + 1
                bits.skip(42)
            }
        }
        let hasDisplayDelay = bits.bit()
        for _ in 0...bits.int(5) {
            bits.skip(12)
            if bits.int(5) > 7 { bits.skip(1) }
            if let delayBits, bits.bit() { bits.skip(2 * delayBits + 1) }
            if hasDisplayDelay, bits.bit() { bits.skip(4) }
        }
        return rate
    }

    private static func skipTools(isReduced: Bool, _ bits: inout BitReader) {
        if !isReduced, bits.bit() { bits.skip(7) }
        bits.skip(3)
        if !isReduced {
            bits.skip(4)
            let hasOrderHint = bits.bit()
            if hasOrderHint { bits.skip(2) }
            let isScreenContentChosen = bits.bit()
            if isScreenContentChosen || bits.bit(), !bits.bit() { bits.skip(1) }
            if hasOrderHint { bits.skip(3) }
        }
        bits.skip(3)
    }

    /// (AV1 §5.5.2)
    private static func readColor(_ bits: inout BitReader, profile: Int, into format: inout VideoFormat) {
        let isHigh = bits.bit()
        format.bitDepth = isHigh ? (profile == 2 && bits.bit() ? 12 : 10) : 8
        let isGray = profile != 1 && bits.bit()
        if bits.bit() {
            format.color = .init(
                primaries: UInt8(bits.bits(8)), transfer: UInt8(bits.bits(8)), matrix: UInt8(bits.bits(8)))
        }
        if isGray {
            format.isFullRange = bits.bit()
            format.chroma = .monochrome
        } else if format.color == .init(primaries: 1, transfer: 13, matrix: 0) {
            format.isFullRange = true
            format.chroma = .yuv444
        } else {
            format.isFullRange = bits.bit()
            switch profile {
            case 0: format.chroma = .yuv420
            case 1: format.chroma = .yuv444
            default:
                let isHalfWide = format.bitDepth < 12 || bits.bit()
                let isHalfHigh = format.bitDepth == 12 && isHalfWide && bits.bit()
                format.chroma = isHalfHigh ? .yuv420 : isHalfWide ? .yuv422 : .yuv444
            }
        }
    }
}
