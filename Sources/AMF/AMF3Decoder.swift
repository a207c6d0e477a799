// SPDX-License-Identifier: Apache-2.0

import Bytes

extension AMFDecoder {
    mutating func amf3Value(depth: Int) throws(AMFError) -> AMF3Value {
        throw AMFError(.unknownMarker, at: reader.offset, in: "AMF3 value")
    }
}
