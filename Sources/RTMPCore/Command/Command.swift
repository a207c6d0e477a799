// SPDX-License-Identifier: Apache-2.0

public import AMF

/// A call or an answer: name, transaction, command object and arguments (RTMP §7.2).
///
/// Reading is as tolerant as real peers need: a missing transaction reads as 0 and a missing command object as null
/// (ffmpeg as a server sends `onFCPublish` as a bare string), and what could be read before the bytes went wrong is
/// kept.
public struct Command: Sendable, Hashable {
    /// Which procedure is called, or `_result`, `_error`, `onStatus`. Peers disagree about case: see ``isNamed(_:)``.
    public var name: String
    /// Pairs an answer with its call; 0 asks for no answer.
    public var transactionID: Double
    /// The object that follows the transaction, null in most commands.
    public var object: AMF0Value
    /// Everything behind the command object.
    public var arguments: [AMF0Value]

    /// A command.
    public init(
        _ name: String, transactionID: Double = 0, object: AMF0Value = .null, arguments: [AMF0Value] = []
    ) {
        self.name = name
        self.transactionID = transactionID
        self.object = object
        self.arguments = arguments
    }

    /// Reads the body of a command message of type 20. A body that begins with something other than a name reads as a
    /// command without one. The byte that belongs to type 17 only, and that some peers write here too, is passed over.
    ///
    /// - Throws: what is wrong when not even the first value can be read, or when the body breaks one of `limits`.
    public init(decoding body: Span<UInt8>, limits: AMFLimits = AMFLimits()) throws(AMFError) {
        // A number whose first byte is 2 is no beginning of a command; a string behind a stray 0 is.
        let hasFormat = body.count > 1 && body[0] == 0 && body[1] == 2
        let (values, _, error) = AMF0Value.decodePrefix(
            body.extracting(droppingFirst: hasFormat ? 1 : 0), limits: limits)
        if let error, values.isEmpty || error.code == .tooDeep || error.code == .tooManyElements { throw error }
        var rest = values[...]
        name = rest.first?.string ?? ""
        if rest.first?.string != nil { rest = rest.dropFirst() }
        transactionID = 0
        if case .number(let number)? = rest.first {
            transactionID = number
            rest = rest.dropFirst()
        }
        object = rest.popFirst() ?? .null
        arguments = Array(rest)
    }

    /// Reads the body of a command message of type 17: the same behind one byte that says how it is encoded.
    ///
    /// Values are AMF0 there too, with single ones wrapped as AMF3. Peers that leave the byte out begin with a string.
    public init(decodingAMF3 body: Span<UInt8>, limits: AMFLimits = AMFLimits()) throws(AMFError) {
        let hasFormat = !body.isEmpty && body[0] != 0x02
        try self.init(decoding: body.extracting(droppingFirst: hasFormat ? 1 : 0), limits: limits)
    }

    /// Appends the body of a command message of type 20, or of type 17 with objects and arrays in AMF3.
    ///
    /// - Throws: `AMFError` when a value cannot be encoded; `output` is as before then.
    public func encode(into output: inout [UInt8], as encoding: ObjectEncoding = .amf0) throws(AMFError) {
        var values = [.string(AMFString(name)), .number(transactionID), object] + arguments
        guard encoding == .amf3 else { return try AMF0Value.encodeAll(values, into: &output) }
        for index in values.indices { values[index] = values[index].preferringAMF3 }
        var body: [UInt8] = [0]
        try AMF0Value.encodeAll(values, into: &body)
        output += body
    }

    /// Whether this is `wanted`, whatever the case of its ASCII letters.
    public func isNamed(_ wanted: String) -> Bool {
        name.utf8.elementsEqual(wanted.utf8) {
            $0 == $1 || ($0 | 0x20 == $1 | 0x20 && (0x61...0x7A).contains($0 | 0x20))
        }
    }

    /// The first argument that is an object and reads as a status, else the command object if it does: where servers
    /// put what onStatus, `_result` and `_error` are about.
    public var status: Status? {
        for argument in arguments {
            if let status = Status(argument) { return status }
        }
        return Status(object)
    }
}
