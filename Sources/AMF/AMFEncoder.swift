// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What is known while the values of one message are written; the counterpart of `AMFDecoder`.
struct AMFEncoder {
    var output: [UInt8] = []
    var amf3Tables = AMF3Tables()
    private var start = 0

    /// Runs `body` with an encoder that appends to `output`; a throw takes back what it appended.
    static func append(
        to output: inout [UInt8], _ body: (inout AMFEncoder) throws(AMFError) -> Void
    ) throws(AMFError) {
        var encoder = AMFEncoder()
        swap(&encoder.output, &output)
        encoder.start = encoder.output.count
        defer { swap(&encoder.output, &output) }
        do throws(AMFError) {
            try body(&encoder)
        } catch {
            encoder.output.removeLast(encoder.output.count - encoder.start)
            throw error
        }
    }

    func error(_ code: AMFError.Code, in context: String) -> AMFError {
        AMFError(code, at: output.count - start, in: context)
    }

    /// The depth of what lies inside a structure at `depth`.
    func depth(inside depth: Int, in context: String) throws(AMFError) -> Int {
        guard depth < AMFLimits.maximumDepth else { throw error(.tooDeep, in: context) }
        return depth + 1
    }
}
