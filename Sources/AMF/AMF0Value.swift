// SPDX-License-Identifier: Apache-2.0

/// One AMF0 value: what RTMP commands, metadata and FLV script tags consist of.
///
/// ```swift
/// let values = try AMF0Value.decodeAll(payload.span)      // "onMetaData", {duration: 3}
/// let duration = values.last?["duration"]?.number
/// ```
///
/// A value keeps what it was decoded from: the order of properties, names that occur twice, bytes that are not UTF-8, wrong
/// ECMA counts, time zones and references. So it encodes to the bytes it came from, with one exception: a boolean that a
/// peer wrote as a number other than 0 and 1 is written as 1.
///
/// References are kept as indices and never followed: values are trees, whatever a peer sends.
///
/// Numbers are equal when all their bits are equal: `.number(.nan)` equals itself, and 0 and -0 differ.
public enum AMF0Value: Sendable {
    /// A number; the only numeric type (AMF0 §2.2).
    case number(Double)
    /// A truth value (AMF0 §2.3).
    case boolean(Bool)
    /// Text (AMF0 §2.4), written as a long string (AMF0 §2.14) when it has more than 65,535 bytes.
    case string(AMFString)
    /// Text that would fit into a string and was written as a long string nevertheless (AMF0 §2.14).
    case longString(AMFString)
    /// An object without a class (AMF0 §2.5).
    case object(AMF0Object)
    /// Nothing (AMF0 §2.7).
    case null
    /// Not even nothing (AMF0 §2.8).
    case undefined
    /// The object or array that began as number `index`, from 0, in the same message (AMF0 §2.9). Objects, typed objects,
    /// ECMA arrays and strict arrays count. It may be one that encloses the reference.
    case reference(UInt16)
    /// An object that calls itself an array (AMF0 §2.10). `count` is what its head announced where that is not the number of
    /// properties; `nil` is written as the true number.
    case ecmaArray(AMF0Object, count: UInt32?)
    /// An array (AMF0 §2.12).
    case strictArray([AMF0Value])
    /// Milliseconds since 1970-01-01 UTC, and a field that is nearly always 0 and never changes the time (AMF0 §2.13).
    case date(milliseconds: Double, timeZone: Int16)
    /// A value that the sender could not express (AMF0 §2.15).
    case unsupported
    /// An XML document as text (AMF0 §2.17).
    case xmlDocument(AMFString)
    /// An object with a class name (AMF0 §2.18).
    case typedObject(className: AMFString, AMF0Object)
    /// An AMF3 value in AMF0 (AMF0 §3.1).
    indirect case avmPlus(AMF3Value)
}

extension AMF0Value: Hashable {
    /// Whether both are the same value, numbers bit by bit.
    public static func == (left: AMF0Value, right: AMF0Value) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left.bitPattern == right.bitPattern
        case (.boolean(let left), .boolean(let right)): left == right
        case (.string(let left), .string(let right)): left == right
        case (.longString(let left), .longString(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.null, .null), (.undefined, .undefined), (.unsupported, .unsupported): true
        case (.reference(let left), .reference(let right)): left == right
        case (.ecmaArray(let left, let leftCount), .ecmaArray(let right, let rightCount)):
            leftCount == rightCount && left == right
        case (.strictArray(let left), .strictArray(let right)): left == right
        case (.date(let left, let leftZone), .date(let right, let rightZone)):
            left.bitPattern == right.bitPattern && leftZone == rightZone
        case (.xmlDocument(let left), .xmlDocument(let right)): left == right
        case (.typedObject(let leftClass, let left), .typedObject(let rightClass, let right)):
            leftClass == rightClass && left == right
        case (.avmPlus(let left), .avmPlus(let right)): left == right
        default: false
        }
    }

    /// Feeds the value to `hasher`, numbers bit by bit.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(marker)
        switch self {
        case .number(let number): hasher.combine(number.bitPattern)
        case .boolean(let boolean): hasher.combine(boolean)
        case .string(let text), .longString(let text), .xmlDocument(let text): hasher.combine(text)
        case .object(let object): hasher.combine(object)
        case .null, .undefined, .unsupported: break
        case .reference(let index): hasher.combine(index)
        case .ecmaArray(let object, let count):
            hasher.combine(object)
            hasher.combine(count)
        case .strictArray(let values): hasher.combine(values)
        case .date(let milliseconds, let timeZone):
            hasher.combine(milliseconds.bitPattern)
            hasher.combine(timeZone)
        case .typedObject(let className, let object):
            hasher.combine(className)
            hasher.combine(object)
        case .avmPlus(let value): hasher.combine(value)
        }
    }

    private var marker: AMF0Marker {
        switch self {
        case .number: .number
        case .boolean: .boolean
        case .string: .string
        case .longString: .longString
        case .object: .object
        case .null: .null
        case .undefined: .undefined
        case .reference: .reference
        case .ecmaArray: .ecmaArray
        case .strictArray: .strictArray
        case .date: .date
        case .unsupported: .unsupported
        case .xmlDocument: .xmlDocument
        case .typedObject: .typedObject
        case .avmPlus: .avmPlus
        }
    }
}
