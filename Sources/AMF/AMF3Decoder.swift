// SPDX-License-Identifier: Apache-2.0

import Bytes

extension AMFDecoder {
    mutating func amf3Value(depth: Int) throws(AMFError) -> AMF3Value {
        guard !reader.isAtEnd else { throw truncated(in: "AMF3 marker") }
        throw AMFError(.unknownMarker, at: reader.offset, in: "AMF3 value")
    }
}
