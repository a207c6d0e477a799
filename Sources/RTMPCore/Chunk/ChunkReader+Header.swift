// SPDX-License-Identifier: Apache-2.0

extension ChunkReader {
    /// Reads the chunk header at `start`, whose place in the connection is `offset`, and makes its chunk the current
    /// one.
    ///
    /// - Returns: the size of the header; 0 when it is not whole, and then nothing has changed.
    @inline(__always)
    mutating func beginChunk(_ bytes: Span<UInt8>, at start: Int, offset: Int) throws(RTMPError) -> Int {
        guard let basic = ChunkBasicHeader(bytes, at: start) else { return 0 }
        let size = basic.size
        guard let index = index(of: basic.chunkStreamID) else {
            return try beginChunkStream(basic, bytes, at: start, offset: offset)
        }
        guard basic.format == .continuation else {
            guard let header = ChunkMessageHeader(basic.format, bytes, at: start + size) else { return 0 }
            try begin(basic, header, index: index, offset: offset)
            return size + header.size(in: basic.format)
        }
        var extended = 0
        if streams[index].isExtended {
            guard let isRepeated = streams[index].repeatsExtendedTime(bytes, at: start + size) else { return 0 }
            extended = isRepeated ? 4 : 0
        }
        if !streams[index].isAssembling { streams[index].begin(.continuation, ChunkMessageHeader(), at: offset) }
        try beginPayload(index, offset: offset)
        return size + extended
    }

    /// The first header on a chunk stream.
    private mutating func beginChunkStream(
        _ basic: ChunkBasicHeader, _ bytes: Span<UInt8>, at start: Int, offset: Int
    ) throws(RTMPError) -> Int {
        // librtmp begins with type 1 where it takes the message stream to be 0 anyway.
        guard basic.format == .full || basic.format == .sameStream else {
            throw RTMPError(
                .missingHeader, at: offset,
                in: "\(basic.chunkStreamDescription): type \(basic.format.rawValue) header (RTMP §5.3.1.2)")
        }
        guard let header = ChunkMessageHeader(basic.format, bytes, at: start + basic.size) else { return 0 }
        let limit = isAccepted ? limits.value.acceptedChunkStreams : limits.value.chunkStreams
        guard streams.count < limit else {
            throw RTMPError(.tooManyChunkStreams, at: offset, in: "\(basic.chunkStreamDescription), limit \(limit)")
        }
        streams.append(ChunkStreamState(id: basic.chunkStreamID))
        try begin(basic, header, index: streams.count - 1, offset: offset)
        return basic.size + header.size(in: basic.format)
    }

    /// A header with fields.
    @inline(__always)
    private mutating func begin(
        _ basic: ChunkBasicHeader, _ header: ChunkMessageHeader, index: Int, offset: Int
    ) throws(RTMPError) {
        // A publisher was reset inside of a message.
        if basic.format != .deltaOnly, streams[index].isAssembling { discard(index) }
        streams[index].take(basic.format, header, at: offset)
        try beginPayload(index, offset: offset)
    }

    @inline(__always)
    private mutating func beginPayload(_ index: Int, offset: Int) throws(RTMPError) {
        current = index
        let (length, collected, lead) = streams[index].state()
        guard length <= limits.value.messageLength else { throw tooLarge(length, offset: offset) }
        left = min(chunkSize, length - collected)
        guard partialBytes + left <= partialBytesLimit else { throw tooManyPartialBytes(offset: offset) }
        continuation = lead
    }

    @inline(never)
    private func tooLarge(_ length: Int, offset: Int) -> RTMPError {
        RTMPError(
            .messageTooLarge, at: offset,
            in: "chunk stream \(streams[current].id): \(length) bytes announced, limit \(limits.value.messageLength)")
    }

    @inline(never)
    private func tooManyPartialBytes(offset: Int) -> RTMPError {
        RTMPError(
            .tooManyPartialBytes, at: offset, in: "chunk stream \(streams[current].id), limit \(partialBytesLimit)")
    }

    @inline(__always)
    var partialBytesLimit: Int { isAccepted ? limits.value.acceptedPartialBytes : limits.value.partialBytes }

    /// Applies what steers the chunk stream itself (RTMP §5.4.1, §5.4.2).
    mutating func apply(_ message: RawMessage) throws(RTMPError) {
        switch message.typeID {
        case .setChunkSize:
            guard let announced = Self.uint32(message.payload) else {
                throw RTMPError(.invalidLength, at: messageOffset, in: "Set Chunk Size body (RTMP §5.4.1)")
            }
            // The top bit must be zero; whoever sets it still means the rest.
            let size = Int(announced & 0x7FFF_FFFF)
            guard size > 0, size <= limits.value.chunkSize else {
                throw RTMPError(
                    .invalidChunkSize, at: messageOffset,
                    in: "Set Chunk Size to \(announced), limit \(limits.value.chunkSize) (RTMP §5.4.1)")
            }
            chunkSize = min(size, Self.largestChunkSize)
        case .abort:
            // One that is cut short, or names a chunk stream without a message, aborts nothing.
            if let id = Self.uint32(message.payload), let index = index(of: id), streams[index].isAssembling {
                discard(index)
            }
        default: break
        }
    }

    private static func uint32(_ bytes: [UInt8]) -> UInt32? {
        bytes.count < 4 ? nil : bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private mutating func discard(_ index: Int) {
        partialBytes -= streams[index].payload.count
        streams[index].payload = []
        discardedMessages += 1
    }

    /// There are few, and mostly it is the last one again: a search is faster than hashing.
    @inline(__always)
    func index(of id: UInt32) -> Int? {
        if current < streams.count, streams[current].id == id { return current }
        return streams.firstIndex { $0.id == id }
    }
}

extension ChunkBasicHeader {
    fileprivate var chunkStreamDescription: ChunkStreamID { ChunkStreamID(rawValue: chunkStreamID) }
}
