// SPDX-License-Identifier: Apache-2.0

/// Looks for a keyframe in the coded picture itself.
///
/// gortmplib and MediaMTX leave the frame type of every enhanced video message at 0, so the header says nothing there.
enum KeyframeProbe {
    /// More NAL units or OBUs than precede the first slice in any real frame.
    private static let maximumUnits = 64

    /// Whether decoding can start with the frame of codec `fourCC` that begins at `position`, behind the composition time.
    static func isKeyframe(_ payload: Span<UInt8>, at position: Int, to end: Int, fourCC: UInt32) -> Bool {
        let end = min(end, payload.count)
        switch FourCC(rawValue: fourCC) {
        case .avc1:
            return firstSlice(payload, at: position, to: end) { first, _ in
                let type = first & 0x1F
                return type == 5 ? true : (1...4).contains(type) ? false : nil
            }
        case .hvc1:
            return firstSlice(payload, at: position, to: end) { first, _ in
                let type = first >> 1 & 0x3F
                return (16...23).contains(type) ? true : type < 32 ? false : nil
            }
        case .vvc1:
            return firstSlice(payload, at: position, to: end) { _, second in
                let type = second >> 3
                return (7...9).contains(type) ? true : type < 12 ? false : nil
            }
        case .av01: return hasSequenceHeader(payload, at: position, to: end)
        case .vp09: return isVP9Key(payload, at: position, to: end)
        case .vp08: return position < end && payload.byte(at: position).map { $0 & 1 == 0 } ?? false
        default: return false
        }
    }

    /// Walks NAL units, whose lengths have four bytes in every stream seen, until `judge` knows.
    private static func firstSlice(
        _ payload: Span<UInt8>, at start: Int, to end: Int, _ judge: (UInt8, UInt8) -> Bool?
    ) -> Bool {
        var position = start
        for _ in 0..<maximumUnits {
            guard let length = payload.uint32(at: position), let first = payload.byte(at: position + 4) else {
                return false
            }
            let size = Int(length)
            guard size <= end - position - 4 else { return false }
            if size > 0, let answer = judge(first, size > 1 ? payload.byte(at: position + 5) ?? 0 : 0) { return answer }
            position += 4 + size
        }
        return false
    }

    /// An AV1 temporal unit that can be joined carries a sequence header, by the rules of the ISO binding.
    private static func hasSequenceHeader(_ payload: Span<UInt8>, at start: Int, to end: Int) -> Bool {
        var position = start
        for _ in 0..<maximumUnits {
            guard position < end, let header = payload.byte(at: position) else { return false }
            let type = header >> 3 & 15
            if type == 1 { return true }
            guard type == 2 || type == 5 || type == 15, header & 2 != 0 else { return false }
            position += header & 4 != 0 ? 2 : 1
            guard let size = leb128(payload, at: &position), size <= end - position else { return false }
            position += size
        }
        return false
    }

    /// A number of up to four groups of seven bits, which is more than a tag can hold.
    static func leb128(_ payload: Span<UInt8>, at position: inout Int) -> Int? {
        var value = 0
        for shift in [0, 7, 14, 21] {
            guard let byte = payload.byte(at: position) else { return nil }
            position += 1
            value |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    /// The first bits of a VP9 frame: marker 2, profile, show_existing_frame, frame_type (0 is key).
    private static func isVP9Key(_ payload: Span<UInt8>, at position: Int, to end: Int) -> Bool {
        guard position < end, let first = payload.byte(at: position), first >> 6 == 2 else { return false }
        let isProfile3 = first & 0x30 == 0x30
        let mask: UInt8 = isProfile3 ? 0b0000_0110 : 0b0000_1100
        return first & mask == 0
    }
}
