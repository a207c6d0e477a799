// SPDX-License-Identifier: Apache-2.0

public import AMF

/// The information object of an onStatus, a `_result` of connect, or an `_error` (RTMP §7.2.2).
///
/// Some servers omit the level or the code; a missing level reads as ``Level/status``, a missing code as an empty one.
public struct Status: Sendable, Hashable, Error, CustomStringConvertible {
    /// How bad it is. A registry that peers may extend.
    public struct Level: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The word on the wire.
        public var rawValue: String
        /// The level written `rawValue`.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The word on the wire.
        public var description: String { rawValue }

        /// All is well.
        public static let status = Self(rawValue: "status")
        /// Something is wrong, and things go on.
        public static let warning = Self(rawValue: "warning")
        /// It failed.
        public static let error = Self(rawValue: "error")
    }

    /// How bad it is.
    public var level: Level
    /// What it is about.
    public var code: StatusCode
    /// A sentence for a person.
    public var text: String
    /// Everything else in the object, in order: `details`, `clientid`, `tcUrl`, `ex` and whatever peers invent.
    public var details: AMF0Object

    /// A status; the level is the one that goes with the code unless given.
    public init(
        _ code: StatusCode, _ text: String, level: Level? = nil, details: AMF0Object = AMF0Object()
    ) {
        self.level = level ?? code.usualLevel
        self.code = code
        self.text = text
        self.details = details
    }

    /// Reads an information object; nil when `value` is no object.
    public init?(_ value: AMF0Value) {
        guard let object = value.object else { return nil }
        level = object["level"]?.string.map { Level(rawValue: $0.lowercased()) } ?? .status
        code = StatusCode(rawValue: object["code"]?.string ?? "")
        text = object["description"]?.string ?? ""
        details = AMF0Object()
        for property in object.properties where !["level", "code", "description"].contains(property.name.string) {
            details.properties.append(property)
        }
    }

    /// The information object.
    public var value: AMF0Value {
        var object: AMF0Object = [
            "level": .string(AMFString(level.rawValue)), "code": .string(AMFString(code.rawValue)),
            "description": .string(AMFString(text)),
        ]
        object.properties += details.properties
        return .object(object)
    }

    /// Whether the level is `error`.
    public var isError: Bool { level == .error }

    /// Where a server that refuses connect sends its client instead: the property `redirect` of `ex` beside the code 302,
    /// a tcUrl for ``RTMPURL/redirected(to:)``. What FMS, Wowza and SRS do; few clients follow.
    public var redirect: String? {
        guard let reason = details["ex"]?.object, reason["code"]?.number == 302 else { return nil }
        return reason["redirect"]?.string
    }

    /// The code and, when there is one, the sentence.
    public var description: String {
        if text.isEmpty { return code.rawValue.isEmpty ? level.rawValue : code.rawValue }
        return code.rawValue.isEmpty ? text : "\(code.rawValue): \(text)"
    }
}
