// SPDX-License-Identifier: Apache-2.0

/// Which stream a peer means inside a relay: its normalised path.
///
/// Peers split the same URL differently (ffmpeg says app `live/inst` and name `a/key`, GStreamer `live/inst/a` and
/// `key`), so the app and the name are joined before anything is compared. Queries are cut from both and kept as
/// ``arguments``; empty parts and `_definst_` are dropped; container prefixes such as `mp4:` and the extensions that
/// go with them are cut, because clients add and remove these by themselves.
///
/// Two names are equal when their paths are; arguments do not count.
public struct StreamName: Sendable {
    /// The most bytes that app and name may have together.
    public static let maximumLength = 4096

    /// All parts, joined by slashes.
    public let path: String
    /// The query of the name, then that of the app, joined by `&`, as received. A secret.
    public let arguments: String

    /// The stream that a peer means which said `app` in connect and `name` in publish or play.
    public init(app: String, name: String) throws(StreamNameError) {
        let length = app.utf8.count + name.utf8.count
        guard length <= Self.maximumLength else { throw .tooLong(length) }
        let (appPath, appQuery) = Self.cutQuery(app)
        let (namePath, nameQuery) = Self.cutQuery(name)
        var parts: [Substring] = []
        for part in Self.parts(of: appPath) + Self.parts(of: namePath) {
            guard !part.unicodeScalars.contains(where: Self.isControl) else { throw .controlCharacter }
            let bare = Self.cutPrefix(part)
            guard bare != "..", bare != "." else { throw .relativePart }
            if !bare.isEmpty, bare != "_definst_" { parts.append(bare) }
        }
        if let last = parts.popLast().map(Self.cutExtension), last != "_definst_" { parts.append(last) }
        guard !parts.isEmpty else { throw .empty }
        path = parts.joined(separator: "/")
        arguments = [nameQuery, appQuery].filter { !$0.isEmpty }.joined(separator: "&")
    }

    /// All parts but the last. Empty when there is only one.
    public var app: String { lastSlash.map { String(path[..<$0]) } ?? "" }

    /// The last part.
    public var name: String { lastSlash.map { String(path[path.utf8.index(after: $0)...]) } ?? path }

    private var lastSlash: String.Index? { path.utf8.lastIndex(of: UInt8(ascii: "/")) }

    /// Whether the stream's leading parts are those of `prefix`: `live/a/b` is within `live`, `live/a` and `live/a/b`,
    /// not within `liv` or `a`. Every stream is within the empty prefix.
    public func isWithin(app prefix: String) -> Bool {
        let wanted = Self.parts(of: prefix[...]).filter { $0 != "_definst_" }
        return Self.parts(of: path[...]).starts(with: wanted)
    }

    private static func cutQuery(_ text: String) -> (path: Substring, query: Substring) {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (text[...], "") }
        return (text[..<mark], text[text.utf8.index(after: mark)...])
    }

    /// Splits at slash bytes. By characters, a slash that a combining mark follows would not be a slash, and
    /// `../` with such a mark would pass for the name of a file.
    private static func parts(of path: Substring) -> [Substring] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    private static func cutPrefix(_ part: Substring) -> Substring {
        guard let colon = part.firstIndex(of: ":"), prefixes.contains(part[..<colon].lowercased()) else { return part }
        return part[part.index(after: colon)...]
    }

    private static func cutExtension(_ part: Substring) -> Substring {
        guard let dot = part.lastIndex(of: "."), dot != part.startIndex,
            extensions.contains(part[part.index(after: dot)...].lowercased())
        else { return part }
        let bare = part[..<dot]
        // "...mp4" must not become "..".
        return bare == "." || bare == ".." ? part : bare
    }

    private static let prefixes = ["mp4", "flv", "f4v", "mp3", "id3", "raw"]
    private static let extensions = ["mp4", "flv", "f4v", "mp3"]
}

extension StreamName: Hashable, CustomStringConvertible, CustomReflectable {
    /// Compares the paths.
    public static func == (left: Self, right: Self) -> Bool { left.path == right.path }

    /// Feeds the path.
    public func hash(into hasher: inout Hasher) { hasher.combine(path) }

    /// The path. Inside a relay it is not secret: players use it.
    public var description: String { path }

    /// A mirror that shows the path only.
    public var customMirror: Mirror { Mirror(self, children: ["path": path]) }
}

/// Why an app and a name do not name a stream.
public enum StreamNameError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Nothing is left after normalising.
    case empty
    /// A part is `.` or `..`.
    case relativePart
    /// NUL or another control character.
    case controlCharacter
    /// This many bytes, more than ``StreamName/maximumLength``.
    case tooLong(Int)

    /// A sentence for a person.
    public var description: String {
        switch self {
        case .empty: "the stream has no name"
        case .relativePart: "the stream's name has a part that is . or .."
        case .controlCharacter: "the stream's name has a control character"
        case .tooLong(let count):
            "the stream's name has \(count) bytes; at most \(StreamName.maximumLength) are allowed"
        }
    }
}
