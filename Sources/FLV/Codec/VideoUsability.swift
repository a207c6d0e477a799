// SPDX-License-Identifier: Apache-2.0

/// The video usability information that H.264 and H.265 have in common (H.264 §E.1.1, H.265 §E.2.1).
enum VideoUsability {
    private static let aspectRatios: [(Int, Int)] = [
        (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11), (15, 11),
        (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
    ]

    /// Reads aspect ratio, range and color, up to and with the position of chroma samples.
    static func read(_ bits: inout BitReader, into format: inout VideoFormat) {
        if bits.bit() {
            let code = bits.int(8)
            if code == 255 {
                let (width, height) = (bits.int(16), bits.int(16))
                if width > 0, height > 0 { format.pixelAspectRatio = .init(numerator: width, denominator: height) }
            } else if code >= 1, code <= aspectRatios.count {
                let (width, height) = aspectRatios[code - 1]
                format.pixelAspectRatio = .init(numerator: width, denominator: height)
            }
        }
        if bits.bit() { bits.skip(1) }
        if bits.bit() {
            bits.skip(3)
            format.isFullRange = bits.bit()
            if bits.bit() {
                format.color = .init(
                    primaries: UInt8(bits.bits(8)), transfer: UInt8(bits.bits(8)), matrix: UInt8(bits.bits(8)))
            }
        }
        if bits.bit() {
            _ = bits.ue()
            _ = bits.ue()
        }
    }
}
