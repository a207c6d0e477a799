// SPDX-License-Identifier: Apache-2.0

import Bytes

extension AMFEncoder {
    mutating func write(_ value: AMF3Value, depth: Int) throws(AMFError) {
        throw error(.unknownMarker, in: "AMF3 value")
    }
}
