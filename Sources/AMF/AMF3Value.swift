// SPDX-License-Identifier: Apache-2.0

/// One AMF3 value. RTMP carries it inside AMF0, as ``AMF0Value/avmPlus(_:)``.
///
/// Strings and classes that were written by reference are resolved, and remember the index they were written with
/// (``AMF3String/reference``, ``AMF3Object/traitsReference``); so a decoded value encodes to the bytes it came from, and can
/// be read, changed and built without thinking of tables. Objects that were written by reference are ``reference(_:of:)``
/// and never followed: values are trees, whatever a peer sends. What is not kept is numbers of 29 bits that were written
/// longer than needed, flags other than 0 and 1, and header bits without a meaning.
///
/// Numbers are equal when all their bits are equal.
public enum AMF3Value: Sendable {
    /// Not even nothing (AMF3 §3.2).
    case undefined
    /// Nothing (AMF3 §3.3).
    case null
    /// A truth value (AMF3 §3.4, §3.5).
    case boolean(Bool)
    /// A whole number in ``integerRange`` (AMF3 §3.6). Others can be stored here and not be encoded.
    case integer(Int32)
    /// A number (AMF3 §3.7).
    case double(Double)
    /// Text (AMF3 §3.8).
    case string(AMF3String)
    /// An XML document of the older kind, as text (AMF3 §3.9).
    case xmlDocument(AMFString)
    /// Milliseconds since 1970-01-01 UTC (AMF3 §3.10).
    case date(milliseconds: Double)
    /// An array with named and numbered elements (AMF3 §3.11).
    case array(AMF3Array)
    /// An object (AMF3 §3.12).
    case object(AMF3Object)
    /// An object that writes its own content, of one of the classes that write exactly one value (AMF3 §3.12).
    indirect case externalizable(AMF3Externalizable)
    /// XML as text (AMF3 §3.13).
    case xml(AMFString)
    /// Bytes (AMF3 §3.14).
    case byteArray([UInt8])
    /// A vector of signed numbers (AMF3 §3.15).
    case vectorInt([Int32], isFixed: Bool)
    /// A vector of unsigned numbers (AMF3 §3.15).
    case vectorUInt([UInt32], isFixed: Bool)
    /// A vector of doubles (AMF3 §3.15).
    case vectorDouble([Double], isFixed: Bool)
    /// A vector of objects of a class, "*" for any (AMF3 §3.15).
    case vectorObject(typeName: AMF3String, [AMF3Value], isFixed: Bool)
    /// Keys of any type with their values, in the order of the wire (AMF3 §3.16).
    case dictionary([AMF3DictionaryEntry], hasWeakKeys: Bool)
    /// The value that began as number `index`, from 0, among those of the kinds of ``ReferenceKind`` in the same message. It
    /// may be one that encloses the reference, and it may be of another kind than this claims.
    case reference(Int, of: ReferenceKind)

    /// The integers that ``integer(_:)`` can encode: 29 bits.
    public static let integerRange: ClosedRange<Int32> = -0x1000_0000...0x0FFF_FFFF

    /// The kinds of values that can be referred to; the raw value is the marker.
    public enum ReferenceKind: UInt8, Sendable, Hashable, CaseIterable {
        /// ``AMF3Value/xmlDocument(_:)``
        case xmlDocument = 0x07
        /// ``AMF3Value/date(milliseconds:)``
        case date = 0x08
        /// ``AMF3Value/array(_:)``
        case array = 0x09
        /// ``AMF3Value/object(_:)`` and ``AMF3Value/externalizable(_:)``
        case object = 0x0A
        /// ``AMF3Value/xml(_:)``
        case xml = 0x0B
        /// ``AMF3Value/byteArray(_:)``
        case byteArray = 0x0C
        /// ``AMF3Value/vectorInt(_:isFixed:)``
        case vectorInt = 0x0D
        /// ``AMF3Value/vectorUInt(_:isFixed:)``
        case vectorUInt = 0x0E
        /// ``AMF3Value/vectorDouble(_:isFixed:)``
        case vectorDouble = 0x0F
        /// ``AMF3Value/vectorObject(typeName:_:isFixed:)``
        case vectorObject = 0x10
        /// ``AMF3Value/dictionary(_:hasWeakKeys:)``
        case dictionary = 0x11
    }
}

extension AMF3Value: Hashable {
    /// Whether both are the same value, numbers bit by bit, texts whether or not they were written by reference.
    public static func == (left: AMF3Value, right: AMF3Value) -> Bool {
        switch (left, right) {
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        case (.externalizable(let left), .externalizable(let right)): left == right
        case (
            .vectorObject(let leftType, let left, let leftFixed),
            .vectorObject(let rightType, let right, let rightFixed)
        ):
            leftFixed == rightFixed && leftType == rightType && left == right
        case (.dictionary(let left, let leftWeak), .dictionary(let right, let rightWeak)):
            leftWeak == rightWeak && left == right
        default: left.isSameLeaf(as: right)
        }
    }

    /// Whether both are the same value without other values in it.
    private func isSameLeaf(as other: AMF3Value) -> Bool {
        switch (self, other) {
        case (.undefined, .undefined), (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left.bitPattern == right.bitPattern
        case (.string(let left), .string(let right)): left == right
        case (.xmlDocument(let left), .xmlDocument(let right)): left == right
        case (.date(let left), .date(let right)): left.bitPattern == right.bitPattern
        case (.xml(let left), .xml(let right)): left == right
        case (.byteArray(let left), .byteArray(let right)): left == right
        case (.vectorInt(let left, let leftFixed), .vectorInt(let right, let rightFixed)):
            leftFixed == rightFixed && left == right
        case (.vectorUInt(let left, let leftFixed), .vectorUInt(let right, let rightFixed)):
            leftFixed == rightFixed && left == right
        case (.vectorDouble(let left, let leftFixed), .vectorDouble(let right, let rightFixed)):
            leftFixed == rightFixed && left.elementsEqual(right) { $0.bitPattern == $1.bitPattern }
        case (.reference(let left, let leftKind), .reference(let right, let rightKind)):
            left == right && leftKind == rightKind
        default: false
        }
    }

    /// Feeds the value to `hasher`, numbers bit by bit.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .undefined: hasher.combine(0)
        case .null: hasher.combine(1)
        case .boolean(let boolean): hasher.combine(boolean)
        case .integer(let integer): hasher.combine(integer)
        case .double(let number), .date(let number): hasher.combine(number.bitPattern)
        case .string(let text): hasher.combine(text)
        case .xmlDocument(let text), .xml(let text): hasher.combine(text)
        case .array(let array): hasher.combine(array)
        case .object(let object): hasher.combine(object)
        case .externalizable(let object): hasher.combine(object)
        case .byteArray(let bytes): hasher.combine(bytes)
        case .vectorInt(let numbers, _): hasher.combine(numbers)
        case .vectorUInt(let numbers, _): hasher.combine(numbers)
        case .vectorDouble(let numbers, _): for number in numbers { hasher.combine(number.bitPattern) }
        case .vectorObject(_, let values, _): hasher.combine(values)
        case .dictionary(let entries, _): hasher.combine(entries)
        case .reference(let index, let kind):
            hasher.combine(index)
            hasher.combine(kind)
        }
    }
}
