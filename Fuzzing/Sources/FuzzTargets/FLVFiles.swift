// SPDX-License-Identifier: Apache-2.0

import FLV

/// Everything that a reader gives for some bytes.
private struct FLVResult: Equatable {
    var elements: [FLVReader.Element] = []
    var error: FLVError?

    init(_ pieces: [[UInt8]]) {
        var reader = FLVReader()
        do throws(FLVError) {
            for piece in pieces {
                reader.receive(piece.span)
                while let element = try reader.nextElement() { elements.append(element) }
            }
            reader.receiveEnd()
            while let element = try reader.nextElement() { elements.append(element) }
        } catch {
            self.error = error
        }
    }

    /// Without what a writer corrects.
    var content: [FLVReader.Element] {
        elements.filter { if case .previousTagSize = $0 { false } else { true } }
    }
}

/// A byte of flags, the sizes of pieces, and a file. Cut or whole it is the same; what it holds is written and read
/// again, by the plain writer and as a recording.
func fuzzFLV(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let flags = input.byte()
    let pieces = input.pieces()
    let file = Array(pieces.joined())
    let whole = FLVResult([file])
    let cut = FLVResult(pieces)
    check(whole == cut, "cut: \(cut), whole: \(whole)")

    var output: [UInt8] = []
    let writer = FLVWriter()
    var recording = Recording(keepTimestamps: flags & 1 != 0, headSize: Int(flags) << 4)
    var tracks = Tracks()
    for element in whole.elements {
        switch element {
        case .header(let header): must("write") { try write(header, writer, &output) }
        case .tag(let tag):
            must("write") { try write(tag, writer, &output) }
            recording.append(kind: tag.kind, timestamp: tag.timestamp, payload: tag.payload.span)
            separate(tag, &tracks)
        case .previousTagSize: break
        }
    }
    if !whole.elements.isEmpty {
        let again = FLVResult([output])
        check(again.error == nil && again.elements == whole.content, "written: \(again), read: \(whole)")
    }
    recording.finish()
    var recorded: [UInt8] = []
    for operation in recording.takeOperations() {
        switch operation {
        case .append(let bytes, let totals):
            recorded += bytes
            check(totals.bytes == Int64(recorded.count), "\(totals.bytes) of \(recorded.count) bytes counted")
        case .overwrite(let offset, let bytes):
            check(offset >= 0 && offset + bytes.count <= recorded.count, "written beyond the end")
            recorded.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
    }
    let result = FLVResult([recorded])
    check(result.error == nil, "the recording cannot be read: \(result)")
    check(result.elements.count == result.content.count, "a wrong PreviousTagSize in the recording")
    resume(recorded, totals: recording.totals)
    resume(Array(recorded.prefix(recorded.count - Int(flags))), totals: nil)
    resume(file, totals: nil)
}

/// A file is refused, or continued where it ends.
private func resume(_ file: [UInt8], totals: RecordingTotals?) {
    var reader = RecordingReader(skippingKeyframes: 1)
    reader.receive(file.span)
    guard var recording = try? reader.finish().recording else { return }
    let size = Int(recording.totals.bytes)
    check(size <= file.count, "\(size) of \(file.count) bytes are to be kept")
    if let totals {
        check(size == file.count && recording.totals.tags == totals.tags, "\(recording.totals) instead of \(totals)")
    }
    let frame: [UInt8] = [0x27, 1, 0, 0, 0]
    recording.append(kind: .video, timestamp: 1000, payload: frame.span)
    recording.finish()
    var continued = Array(file[..<size])
    for operation in recording.takeOperations() {
        switch operation {
        case .append(let bytes, _): continued += bytes
        case .overwrite(let offset, let bytes):
            check(offset >= 0 && offset + bytes.count <= size, "written beyond the front")
            continued.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
    }
    check(FLVResult([continued]).error == nil, "the continued file cannot be read")
}

/// Each track alone is a stream that can be read.
private func separate(_ tag: FLVTag, _ tracks: inout Tracks) {
    guard (try? tracks.add(tag)) != nil else { return }
    check(tracks.all.count <= Tracks.maximumTracks, "\(tracks.all.count) tracks")
    for track in tracks.all.prefix(4) {
        guard let alone = try? tracks.tags(of: track.id, in: tag) else { continue }
        for tag in alone {
            if tag.kind == .video { must("read a video track") { _ = try VideoMessage(decoding: tag.payload.span) } }
            if tag.kind == .audio { must("read an audio track") { _ = try AudioMessage(decoding: tag.payload.span) } }
        }
    }
}

private func write(_ header: FLVHeader, _ writer: FLVWriter, _ output: inout [UInt8]) throws {
    var writer = writer
    try writer.write(header, into: &output)
}

private func write(_ tag: FLVTag, _ writer: FLVWriter, _ output: inout [UInt8]) throws {
    var writer = writer
    try writer.write(tag, into: &output)
}
