// SPDX-License-Identifier: Apache-2.0

/// Where a stream is: `rtmp://[user[:password]@]host[:port]/app[/instance]/name[?query]`.
///
/// App and name are split at the last slash before the first `?` or `#`; what follows these belongs to the name.
/// A path of one part is an app without a name. Peers disagree about the split, so it can be overridden when the URL
/// is made. Nothing but the user part is percent-decoded: names go on the wire as typed.
///
/// ```swift
/// let url = try RTMPURL("rtmp://localhost/live/show?token=abc")
/// url.app          // "live"
/// url.name.value   // "show?token=abc"
/// "\(url)"         // "rtmp://localhost/live/***"
/// ```
public struct RTMPURL: Sendable, Hashable {
    /// How the bytes travel.
    public enum Scheme: String, Sendable, Hashable {
        /// Plain TCP.
        case rtmp
        /// TLS.
        case rtmps

        /// The TCP port when the URL names none.
        public var defaultPort: UInt16 { self == .rtmp ? 1935 : 443 }
    }

    /// The most bytes that a URL may have.
    public static let maximumLength = 4096

    /// How the bytes travel.
    public var scheme: Scheme
    /// A DNS name, an IPv4 literal, or an IPv6 literal without brackets.
    public var host: String
    /// A TCP port; the scheme's default when the URL names none.
    public var port: UInt16
    /// The application, without slashes around it; may hold an instance and, when there is no name, a query.
    public var app: String
    /// The stream's name with its query. Empty when the URL names an application only.
    public var name: StreamKey
    /// The user, percent-decoded.
    public var user: String?
    /// The password, percent-decoded. A secret: no description shows it.
    public var password: String?

    /// Reads a URL.
    ///
    /// - Parameters:
    ///   - text: The URL.
    ///   - app: Takes the place of the app. When the path begins with it, the rest of the path is the name.
    ///   - name: Takes the place of the name. When the path does not end with it, the whole path is the app.
    public init(_ text: String, app: String? = nil, name: String? = nil) throws(RTMPURLError) {
        let length = text.utf8.count
        guard length <= Self.maximumLength else { throw .tooLong(length) }
        if let offset = text.utf8.enumerated().first(where: { $0.element <= 0x20 || $0.element == 0x7F })?.offset {
            throw .invalidCharacter(offset: offset)
        }
        let (scheme, rest) = try Self.splitScheme(text)
        self.scheme = scheme
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let authority = try Authority(rest[..<authorityEnd])
        host = authority.host
        port = authority.port ?? scheme.defaultPort
        user = authority.user
        password = authority.password
        let path = rest[authorityEnd...].drop { $0 == "/" }
        (self.app, self.name) = Self.split(path, app: app, name: name)
        guard !self.app.isEmpty else { throw .missingApp }
    }

    /// Whether TLS is spoken.
    public var isSecure: Bool { scheme == .rtmps }

    /// Whom to connect to.
    public var address: NetworkAddress { NetworkAddress(host: host, port: port, isSecure: isSecure) }

    /// What connect calls tcUrl: everything up to the app, without user and without a default port.
    public var tcURL: String { "\(scheme.rawValue)://\(hostAndPort)/\(app)" }

    /// The whole URL with its secrets. Unless app or name were overridden, it reads as an equal
    /// URL; an encoded user or password can make it too long for that.
    public var text: String {
        var credentials = ""
        if let user { credentials = Self.percentEncoded(user) }
        if let password { credentials += ":" + Self.percentEncoded(password) }
        if user != nil || password != nil { credentials += "@" }
        // An app of several parts ends with a slash, or its last part would be the name.
        let isSplit = app.prefix { $0 != "?" && $0 != "#" }.contains("/")
        let end = name.isEmpty ? (isSplit ? "/" : "") : "/\(name.value)"
        return "\(scheme.rawValue)://\(credentials)\(hostAndPort)/\(app)\(end)"
    }

    private var hostAndPort: String {
        if port != scheme.defaultPort { return address.description }
        return host.contains(":") ? "[\(host)]" : host
    }

    private static func splitScheme(_ text: String) throws(RTMPURLError) -> (Scheme, Substring) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://"), colon != text.startIndex else {
            throw .missingScheme
        }
        let word = text[..<colon].lowercased()
        guard let scheme = Scheme(rawValue: word) else {
            // A key pasted in front of "://" is not a scheme and is not repeated.
            guard word.utf8.count <= 8, word.utf8.allSatisfy({ (0x61...0x7A).contains($0) }) else {
                throw .missingScheme
            }
            throw .unsupportedScheme(word)
        }
        return (scheme, text[colon...].dropFirst(3))
    }

    private static func split(_ path: Substring, app: String?, name: String?) -> (String, StreamKey) {
        if let name {
            return (trimmed(Substring(app ?? wholeApp(path, without: name))), StreamKey(name))
        }
        let queryStart = path.firstIndex { $0 == "?" || $0 == "#" } ?? path.endIndex
        if let app {
            let app = trimmed(Substring(app))
            if path.hasPrefix(app + "/") { return (app, StreamKey(String(path.dropFirst(app.count + 1)))) }
            if path[..<queryStart] == app || path == app { return (app, StreamKey("")) }
        }
        guard let slash = path[..<queryStart].lastIndex(of: "/") else {
            return (app.map { trimmed(Substring($0)) } ?? String(path), StreamKey(""))
        }
        let found = StreamKey(String(path[path.index(after: slash)...]))
        return (app.map { trimmed(Substring($0)) } ?? trimmed(path[..<slash]), found)
    }

    private static func wholeApp(_ path: Substring, without name: String) -> String {
        path.hasSuffix("/" + name) ? String(path.dropLast(name.count + 1)) : String(path)
    }

    private static func trimmed(_ path: Substring) -> String {
        var path = path.drop { $0 == "/" }
        while path.last == "/" { path.removeLast() }
        return String(path)
    }

    private static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        var result = String.UnicodeScalarView()
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.append(Unicode.Scalar(byte))
            default:
                result.append("%")
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return String(result)
    }
}

extension RTMPURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL without its secrets: name, queries and password are `***`.
    public var description: String {
        let visibleApp = app.firstIndex(of: "?").map { app[..<$0] + "?***" } ?? app[...]
        let account = user.map { $0 + (password == nil ? "@" : ":***@") } ?? (password == nil ? "" : ":***@")
        return "\(scheme.rawValue)://\(account)\(hostAndPort)/\(visibleApp)" + (name.isEmpty ? "" : "/\(name)")
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
