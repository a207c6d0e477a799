// SPDX-License-Identifier: Apache-2.0

internal import Bytes

/// What a reader remembers of one chunk stream: the last header, and the message that is being put together.
///
/// A message is in progress exactly when `payload` holds something, seen from between two chunks.
struct ChunkStreamState: Sendable {
    /// From this timestamp on, a type 3 header right after a type 0 header repeats the timestamp instead of adding it.
    static let largestImpliedDelta: UInt32 = 5_000

    let id: UInt32
    var timestamp: UInt32 = 0
    /// What a type 3 header adds when it begins a message.
    var delta: UInt32 = 0
    /// Whether `delta` is the absolute timestamp of a type 0 header.
    var isDeltaAbsolute = false
    /// Whether the last header with a time had it in the extended field, and what stood there.
    var isExtended = false
    var extendedTime: UInt32 = 0
    var length = 0
    var typeID: UInt8 = 0
    var messageStreamID: UInt32 = 0
    /// Where in the connection the message in progress began.
    var messageOffset = 0
    var payload: [UInt8] = []

    init(id: UInt32) { self.id = id }

    var isAssembling: Bool { !payload.isEmpty }

    /// What a type 3 header that begins a message adds to the timestamp.
    ///
    /// After type 0 the specification, ffmpeg, librtmp and GStreamer say the timestamp once more, nginx-rtmp and others
    /// say nothing. No stream has frames many seconds apart, so a large timestamp there means "the same again".
    var impliedDelta: UInt32 {
        isDeltaAbsolute && delta >= Self.largestImpliedDelta ? 0 : delta
    }

    /// Takes over a header with fields, the one at `offset`; inside of a message it changes little.
    @inline(__always)
    mutating func take(_ format: ChunkBasicHeader.Format, _ header: ChunkMessageHeader, at offset: Int) {
        isExtended = header.isExtended
        extendedTime = header.time
        if !isAssembling { begin(format, header, at: offset) }
    }

    /// Takes over the header with which a message begins.
    @inline(__always)
    mutating func begin(_ format: ChunkBasicHeader.Format, _ header: ChunkMessageHeader, at offset: Int) {
        messageOffset = offset
        switch format {
        case .full:
            timestamp = header.time
            delta = header.time
            isDeltaAbsolute = true
            messageStreamID = header.messageStreamID
        case .sameStream, .deltaOnly:
            timestamp &+= header.time
            delta = header.time
            isDeltaAbsolute = false
        case .continuation:
            delta = impliedDelta
            timestamp &+= delta
            isDeltaAbsolute = false
        }
        if format == .full || format == .sameStream {
            length = Int(header.length)
            typeID = header.typeID
        }
    }

    /// The length of the message, how much of it is there, and the byte with which its further chunks begin, when a byte
    /// is all that they begin with; else no byte. Mutating so that nothing is copied.
    @inline(__always)
    mutating func state() -> (length: Int, collected: Int, lead: UInt16) {
        (length, payload.count, id < 64 && !isExtended ? 0xC0 | UInt16(truncatingIfNeeded: id) : .max)
    }

    /// Whether a type 3 chunk repeats the extended timestamp of the last header; nil while the bytes do not tell.
    func repeatsExtendedTime(_ bytes: Span<UInt8>, at start: Int) -> Bool? {
        Self.repeats(extendedTime, or: isAssembling ? timestamp : timestamp &+ impliedDelta, bytes, at: start)
    }

    /// Whether the bytes at `start` are the field of the last header or the timestamp of the message; nil while too few
    /// are there to tell.
    ///
    /// Most writers repeat the field in type 3 chunks, some do not, so the bytes decide. Payload that begins with the
    /// same four bytes is a chance of one in 2^32.
    @inline(__always)
    static func repeats(_ extendedTime: UInt32, or time: UInt32, _ bytes: Span<UInt8>, at start: Int) -> Bool? {
        if bytes.count - start >= 4 {
            let seen = bytes.word(at: start)
            return seen == extendedTime || seen == time
        }
        let count = max(bytes.count - start, 0)
        var seen: UInt32 = 0
        for index in 0..<count { seen = seen << 8 | UInt32(bytes[start + index]) }
        let missing = UInt32(8 * (4 - count))
        return extendedTime >> missing == seen || time >> missing == seen ? nil : false
    }
}
