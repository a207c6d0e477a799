// SPDX-License-Identifier: Apache-2.0

/// What an FLV file is, read from its front in pieces: the container, and the stream in it.
///
/// ```swift
/// var inspection = FileInspection()
/// for piece in pieces { inspection.receive(piece.span) }
/// inspection.receiveEnd()
/// print(inspection.stream.duration, inspection.error?.description ?? "whole")
/// ```
public struct FileInspection: Sendable {
    /// The stream.
    public private(set) var stream = StreamInspection()
    /// The file's header; nil before it came, and where there is none.
    public private(set) var header: FLVHeader?
    /// File headers: more than one where files were joined.
    public private(set) var headers = 0
    /// Bytes that were looked at.
    public private(set) var bytes: Int64 = 0
    /// Tags, by their kind.
    public private(set) var tags: [FLVTag.Kind: Int64] = [:]
    /// PreviousTagSize fields that are wrong.
    public private(set) var wrongPreviousTagSizes: Int64 = 0
    /// Why the file could not be read to its end.
    public private(set) var error: FLVError?

    private var reader = FLVReader()

    /// A look at a file that begins with the next bytes.
    public init() {}

    /// Takes the next bytes of the file.
    public mutating func receive(_ piece: Span<UInt8>) {
        bytes += Int64(piece.count)
        guard error == nil else { return }
        reader.receive(piece)
        pull()
    }

    /// Says that the file ends here.
    public mutating func receiveEnd() {
        guard error == nil else { return }
        reader.receiveEnd()
        pull()
    }

    private mutating func pull() {
        do throws(FLVError) {
            while let element = try reader.nextElement() {
                switch element {
                case .header(let header):
                    headers += 1
                    self.header = self.header ?? header
                case .previousTagSize: wrongPreviousTagSizes += 1
                case .tag(let tag):
                    tags[tag.kind, default: 0] += 1
                    let size = FLVTag.headerSize + tag.payload.count
                    stream.add(tag, at: Int64(reader.consumedBytes - size))
                }
            }
        } catch {
            self.error = error
        }
    }
}
