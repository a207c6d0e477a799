// SPDX-License-Identifier: Apache-2.0

/// Reads a sequence parameter set (H.265 §7.3.2.2). The frame rate comes so late in it that nearly everything has to be
/// passed over on the way.
enum HEVCSequenceParameterSet {
    static func format(of unit: [UInt8]) -> VideoFormat? {
        var bits = NALUnit.reader(of: unit, headerSize: 2)
        bits.skip(4)
        let subLayers = bits.int(3)
        bits.skip(1)
        skipProfile(subLayers: subLayers, &bits)
        _ = bits.ue()
        let chroma = bits.ue()
        if chroma == 3 { bits.skip(1) }
        var (width, height) = (bits.ue(), bits.ue())
        if bits.bit() {
            let (left, right, top, bottom) = (bits.ue(), bits.ue(), bits.ue(), bits.ue())
            width -= (left + right) * (chroma == 1 || chroma == 2 ? 2 : 1)
            height -= (top + bottom) * (chroma == 1 ? 2 : 1)
        }
        let depth = 8 + bits.ue()
        _ = bits.ue()
        guard !bits.isPastEnd, depth <= 16, let chroma = VideoFormat.ChromaFormat(rawValue: UInt8(clamping: chroma)),
            var format = VideoFormat(width: width, height: height)
        else { return nil }
        format.bitDepth = depth
        format.chroma = chroma
        guard skipToUsability(subLayers: subLayers, &bits), bits.bit() else { return format }
        var complete = format
        VideoUsability.read(&bits, into: &complete)
        bits.skip(3)
        if bits.bit() { for _ in 0..<4 { _ = bits.ue() } }
        if bits.bit() {
            let (units, scale) = (bits.bits(32), bits.bits(32))
            complete.setFrameRate(scale, units)
        }
        return bits.isPastEnd ? format : complete
    }

    private static func skipProfile(subLayers: Int, _ bits: inout BitReader) {
        bits.skip(96)
        guard subLayers > 0 else { return }
        let present = (0..<subLayers).map { _ in (bits.bit(), bits.bit()) }
        bits.skip(2 * (8 - subLayers))
        for (hasProfile, hasLevel) in present { bits.skip((hasProfile ? 88 : 0) + (hasLevel ? 8 : 0)) }
    }

    private static func skipToUsability(subLayers: Int, _ bits: inout BitReader) -> Bool {
        let orderBits = bits.ue() + 4
        let layers = bits.bit() ? subLayers + 1 : 1
        for _ in 0..<(layers * 3) { _ = bits.ue() }
        for _ in 0..<6 { _ = bits.ue() }
        if bits.bit(), bits.bit() { skipScalingLists(&bits) }
        bits.skip(2)
        if bits.bit() {
            bits.skip(8)
            _ = bits.ue()
            _ = bits.ue()
            bits.skip(1)
        }
        guard skipReferenceSets(&bits) else { return false }
        if bits.bit() {
            let count = bits.ue()
            guard count <= 32, orderBits <= 16 else { return false }
            bits.skip(count * (orderBits + 1))
        }
        bits.skip(2)
        return !bits.isPastEnd
    }

    /// (H.265 §7.3.4)
    private static func skipScalingLists(_ bits: inout BitReader) {
        for size in 0..<4 {
            for _ in 0..<(size == 3 ? 2 : 6) {
                guard bits.bit() else {
                    _ = bits.ue()
                    continue
                }
                if size > 1 { _ = bits.se() }
                for _ in 0..<min(64, 1 << (4 + 2 * size)) { _ = bits.se() }
            }
        }
    }

    /// Short-term reference picture sets (H.265 §7.3.7). Each may be given as a difference from the one before.
    private static func skipReferenceSets(_ bits: inout BitReader) -> Bool {
        let count = bits.ue()
        guard count <= 64 else { return false }
        var previous = 0
        for index in 0..<count {
            if index > 0, bits.bit() {
                bits.skip(1)
                _ = bits.ue()
                var kept = 0
                for _ in 0...previous {
                    let isUsed = bits.bit()
                    if isUsed || bits.bit() { kept += 1 }
                }
                previous = kept
            } else {
                let (before, after) = (bits.ue(), bits.ue())
                guard before <= 16, after <= 16 else { return false }
                for _ in 0..<(before + after) {
                    _ = bits.ue()
                    bits.skip(1)
                }
                previous = before + after
            }
            guard previous <= 32 else { return false }
        }
        return true
    }
}
