// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What is known while the values of one message are read. The AMF0 and AMF3 grammars are extensions of it, because a
/// message may switch between them and the limits and tables hold for the message.
struct AMFDecoder {
    var reader: ByteReader
    /// Whether the end of the bytes may take the place of missing object ends.
    let closesObjectsAtEnd: Bool
    /// Where the first missing object end should have been.
    private(set) var missingObjectEnd: Int?
    /// How many AMF0 objects and arrays began so far: those that a reference may name.
    var amf0ObjectCount = 0
    /// How many AMF3 values began so far that a reference may name.
    var amf3ObjectCount = 0
    var amf3Tables = AMF3Tables()

    private let depthLimit: Int
    private var elementsLeft: Int

    init(_ bytes: Span<UInt8>, limits: AMFLimits, closesObjectsAtEnd: Bool = false) {
        reader = ByteReader(copying: bytes)
        depthLimit = min(limits.depth, AMFLimits.maximumDepth)
        elementsLeft = limits.elements
        self.closesObjectsAtEnd = closesObjectsAtEnd
    }

    /// Counts one element, which the caller is about to read at `offset`.
    mutating func countElement(at offset: Int, in context: String) throws(AMFError) {
        guard elementsLeft > 0 else { throw AMFError(.tooManyElements, at: offset, in: context) }
        elementsLeft -= 1
    }

    /// The depth of what lies inside a structure at `depth`.
    func depth(inside depth: Int, in context: String) throws(AMFError) -> Int {
        guard depth < depthLimit else { throw AMFError(.tooDeep, at: reader.offset, in: context) }
        return depth + 1
    }

    func truncated(in context: String) -> AMFError {
        AMFError(.truncated, at: reader.offset, in: context)
    }

    /// Whether an object ends here only because the bytes do, before or inside its end mark, and that is allowed. Then the
    /// bytes are used up.
    mutating func closesObjectAtEnd() -> Bool {
        guard closesObjectsAtEnd, reader.remaining <= 2 else { return false }
        var probe = reader
        guard probe.readRest().allSatisfy({ $0 == 0 }) else { return false }
        missingObjectEnd = missingObjectEnd ?? reader.offset
        reader = probe
        return true
    }

    /// Whether all that is left is object ends of objects that ended already, as old writers of script tags leave them.
    var isAtStrayObjectEnd: Bool {
        var probe = reader
        let rest = probe.remaining <= 3 ? probe.readRest() : []
        return rest == [AMF0Marker.objectEnd.rawValue] || rest == [0, 0, AMF0Marker.objectEnd.rawValue]
    }

    func requireEnd(in context: String) throws(AMFError) {
        guard reader.isAtEnd else { throw AMFError(.trailingBytes, at: reader.offset, in: context) }
    }
}
