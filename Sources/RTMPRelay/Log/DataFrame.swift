// SPDX-License-Identifier: Apache-2.0

internal import Bytes
public import RTMPCore

/// A publisher's data message, as the relay understands it (types 15 and 18).
///
/// `@setDataFrame` asks the server to keep what follows under its name and is taken off; `@clearDataFrame` asks it to
/// forget it. Everything else passes through as it is.
public enum DataFrame: Sendable, Hashable {
    /// Keep this payload under its name for those who join later, and pass it on.
    case set(name: [UInt8], payload: [UInt8])
    /// Forget what was kept under this name.
    case clear(name: [UInt8])
    /// Pass it on.
    case passing

    private static let setDataFrame = Array("@setDataFrame".utf8)
    private static let clearDataFrame = Array("@clearDataFrame".utf8)
    static let onMetaData = Array("onMetaData".utf8)

    /// Reads the names at the front of a data message of type 18, or 15 with its leading byte.
    public init(typeID: MessageTypeID, payload: Span<UInt8>) {
        let prefix = typeID == .dataAMF3 && payload.count > 0 && payload[0] == 0 ? 1 : 0
        var position = prefix
        guard let first = Self.string(in: payload, at: &position) else {
            self = .passing
            return
        }
        let behindFirst = position
        if first == Self.setDataFrame, let name = Self.string(in: payload, at: &position) {
            var kept = [UInt8](copying: payload.extracting(0..<prefix))
            kept.append(copying: payload.extracting(behindFirst..<payload.count))
            self = .set(name: name, payload: kept)
        } else if first == Self.clearDataFrame, let name = Self.string(in: payload, at: &position) {
            self = .clear(name: name)
        } else if first == Self.onMetaData {
            self = .set(name: first, payload: [UInt8](copying: payload))
        } else {
            self = .passing
        }
    }

    /// An AMF0 string with its marker, short enough to be a name.
    private static func string(in payload: Span<UInt8>, at position: inout Int) -> [UInt8]? {
        guard payload.count - position >= 3, payload[position] == 0x02 else { return nil }
        let length = Int(payload[position + 1]) << 8 | Int(payload[position + 2])
        guard length <= 256, length <= payload.count - position - 3 else { return nil }
        let start = position + 3
        position = start + length
        return [UInt8](copying: payload.extracting(start..<position))
    }
}
