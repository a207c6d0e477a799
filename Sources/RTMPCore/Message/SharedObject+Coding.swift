// SPDX-License-Identifier: Apache-2.0

public import AMF
internal import Bytes

extension SharedObject {
    /// Reads the body of a shared object message of either type; type 16 has one byte in front.
    ///
    /// - Parameters:
    ///   - message: the message.
    ///   - offset: where it began in the connection, for the error.
    ///   - limits: what its AMF values may be; there may be no more events than elements.
    /// - Throws: ``RTMPError`` when a length points beyond the end, or a value cannot be read.
    public init(decoding message: RawMessage, at offset: Int = 0, limits: AMFLimits = AMFLimits()) throws(RTMPError) {
        var reader = ByteReader(message.payload)
        if message.typeID == .sharedObjectAMF3 { _ = reader.skip(1) }
        guard let name = reader.readText(), let version = reader.readUInt32(), let flags = reader.readUInt32(),
            reader.skip(4)
        else { throw RTMPError(.invalidSharedObject, at: offset, in: "shared object header (RTMP §7.1.3)") }
        self.init(name: name, version: version, flags: flags, events: [])
        while !reader.isAtEnd {
            let place = "shared object event \(events.count)"
            guard events.count < limits.elements, let type = reader.readUInt8(), let length = reader.readUInt32(),
                var data = reader.readSub(Int(length))
            else { throw RTMPError(.invalidSharedObject, at: offset, in: place) }
            var fault: AMFError?
            guard let event = Event(type, &data, limits, &fault) else {
                throw RTMPError(
                    fault == nil ? .invalidSharedObject : .invalidAMF, at: offset, in: "\(place) of type \(type)",
                    underlying: fault)
            }
            events.append(event)
        }
    }

    /// The message of type 19, or of type 16 in AMF3, with its body written.
    ///
    /// - Throws: ``UsageError/Code/invalidMessage`` for a name or a value that has no form on the wire.
    public func encoded(
        at timestamp: RTMPTimestamp = .zero, as encoding: ObjectEncoding = .amf0
    ) throws(UsageError) -> RawMessage {
        var body: [UInt8] = encoding == .amf3 ? [0] : []
        try body.appendText(name)
        body.appendUInt32(version)
        body.appendUInt32(flags)
        body.appendUInt32(0)
        for event in events {
            body.append(event.number)
            let length = body.count
            body.appendUInt32(0)
            try event.encode(into: &body, as: encoding)
            body.patchUInt32(UInt32(clamping: body.count - length - 4), at: length)
        }
        return RawMessage(
            typeID: encoding.sharedObjectType, streamID: .netConnection, timestamp: timestamp, payload: body)
    }
}

extension SharedObject.Event {
    /// The event of this type; nil when its data is not what the type needs, `fault` says more when that is AMF.
    fileprivate init?(_ type: UInt8, _ data: inout ByteReader, _ limits: AMFLimits, _ fault: inout AMFError?) {
        switch type {
        case 1: self = .use
        case 2: self = .release
        case 3, 4:
            guard let name = data.readText(), let value = Self.value(&data, limits, &fault) else { return nil }
            self = type == 3 ? .requestChange(name: name, value) : .change(name: name, value)
        case 5, 9, 10:
            guard let name = data.readText() else { return nil }
            self = type == 5 ? .success(name: name) : type == 9 ? .remove(name: name) : .requestRemove(name: name)
        case 6:
            let body = data.readRest()
            do throws(AMFError) {
                self = .sendMessage(try AMF0Value.decodeAll(body.span, limits: limits))
            } catch {
                fault = error
                return nil
            }
        case 7:
            guard let code = data.readText(), let level = data.readText() else { return nil }
            self = .status(code: code, level: level)
        case 8: self = .clear
        case 11: self = .useSuccess
        default: self = .other(type, data.readRest())
        }
    }

    private static func value(
        _ data: inout ByteReader, _ limits: AMFLimits, _ fault: inout AMFError?
    ) -> AMF0Value? {
        let body = data.readRest()
        do throws(AMFError) {
            return try AMF0Value(decoding: body.span, limits: limits)
        } catch {
            fault = error
            return nil
        }
    }

    fileprivate var number: UInt8 {
        switch self {
        case .use: 1
        case .release: 2
        case .requestChange: 3
        case .change: 4
        case .success: 5
        case .sendMessage: 6
        case .status: 7
        case .clear: 8
        case .remove: 9
        case .requestRemove: 10
        case .useSuccess: 11
        case .other(let number, _): number
        }
    }

    fileprivate func encode(into output: inout [UInt8], as encoding: ObjectEncoding) throws(UsageError) {
        switch self {
        case .use, .release, .clear, .useSuccess: break
        case .success(let name), .remove(let name), .requestRemove(let name): try output.appendText(name)
        case .requestChange(let name, let value), .change(let name, let value):
            try output.appendText(name)
            try Self.append([value], to: &output, as: encoding)
        case .sendMessage(let values): try Self.append(values, to: &output, as: encoding)
        case .status(let code, let level):
            try output.appendText(code)
            try output.appendText(level)
        case .other(_, let bytes): output += bytes
        }
    }

    private static func append(
        _ values: [AMF0Value], to output: inout [UInt8], as encoding: ObjectEncoding
    ) throws(UsageError) {
        let values = encoding == .amf3 ? values.map(\.preferringAMF3) : values
        do throws(AMFError) {
            try AMF0Value.encodeAll(values, into: &output)
        } catch {
            throw UsageError(.invalidMessage, in: "shared object: \(error)")
        }
    }
}

extension ByteReader {
    /// A text with its length in two bytes in front.
    fileprivate mutating func readText() -> AMFString? {
        guard let count = readUInt16(), let bytes = readBytes(Int(count)) else { return nil }
        return AMFString(bytes: bytes)
    }
}

extension [UInt8] {
    fileprivate mutating func appendText(_ text: AMFString) throws(UsageError) {
        guard let count = UInt16(exactly: text.bytes.count) else {
            throw UsageError(.invalidMessage, in: "shared object: a name of \(text.bytes.count) bytes")
        }
        appendUInt16(count)
        self += text.bytes
    }
}
