// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// How files are called that are made one after another: `{app}/{name}-%Y%m%dT%H%M%SZ.flv`.
///
/// `{app}` and `{name}` are those of the stream, `{index}` counts the files of one recording from 0001, and what begins
/// with `%` is as in strftime, in UTC; `%L` are milliseconds. What a peer chose, `{app}` and `{name}`, can neither leave the
/// directory nor make a part of the path longer than file systems allow.
public struct NameTemplate: Sendable, Hashable {
    enum Token: Sendable, Hashable {
        case literal(String)
        case app
        case name
        case index
        /// A letter of strftime, and how many digits it stands for.
        case time(Character, digits: Int)
    }

    /// Why a text is no template, in a sentence.
    public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
        /// The sentence.
        public let description: String
    }

    /// `{app}/{name}-%Y%m%dT%H%M%S.%LZ.flv`
    public static let standard = NameTemplate(
        tokens: [.app, .literal("/"), .name, .literal("-")]
            + [.time("Y", digits: 4), .time("m", digits: 2), .time("d", digits: 2), .literal("T")]
            + [.time("H", digits: 2), .time("M", digits: 2), .time("S", digits: 2), .literal(".")]
            + [.time("L", digits: 3), .literal("Z.flv")], text: "{app}/{name}-%Y%m%dT%H%M%S.%LZ.flv")

    private(set) var tokens: [Token] = []
    /// As it was written.
    public let text: String

    /// Reads a template.
    public init(_ text: String) throws(Fault) {
        self.text = text
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "{":
                guard let end = rest.firstIndex(of: "}") else {
                    throw Fault(description: "a brace is not closed; write {app}, {name} or {index}")
                }
                tokens.append(try Self.placeholder(rest[..<end]))
                rest = rest[rest.index(after: end)...]
            case "%": try appendTime(rest.popFirst())
            default: append(literal: String(character))
            }
        }
        guard !text.isEmpty, !text.hasSuffix("/") else { throw Fault(description: "the name of the file is missing") }
    }

    private init(tokens: [Token], text: String) {
        self.tokens = tokens
        self.text = text
    }

    /// Whether two files of one recording can have different names.
    public var distinguishesFiles: Bool {
        tokens.contains { token in
            switch token {
            case .index, .time: true
            default: false
            }
        }
    }

    /// Whether the path that it makes lies below the directory in which it is used.
    public var staysInside: Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return !text.hasPrefix("/") && !parts.contains { $0 == ".." || $0 == "." || $0.isEmpty }
    }

    /// The same with a number for each file in front of its extension.
    public func withIndex() -> NameTemplate {
        let slash = text.lastIndex(of: "/") ?? text.startIndex
        let dot = text[slash...].lastIndex(of: ".").flatMap { $0 == slash ? nil : $0 } ?? text.endIndex
        return (try? NameTemplate("\(text[..<dot])-{index}\(text[dot...])")) ?? self
    }

    var hasIndex: Bool { tokens.contains(.index) }

    /// The directory that all its files lie in; empty for the present one.
    var directory: String {
        guard case .literal(let text)? = tokens.first, let slash = text.lastIndex(of: "/") else { return "" }
        return slash == text.startIndex ? "/" : String(text[..<slash])
    }

    /// Whether its files can lie in directories below that.
    var hasSubdirectories: Bool {
        let isBelow: (Token) -> Bool = { token in
            switch token {
            case .literal(let text): text.contains("/")
            case .app: true
            default: false
            }
        }
        return tokens.dropFirst().contains(where: isBelow) || tokens.first == .app
    }

    /// A name with a number in front of its extension.
    static func numbered(_ name: String, _ number: Int) -> String {
        let slash = name.lastIndex(of: "/") ?? name.startIndex
        let dot = name[slash...].lastIndex(of: ".").flatMap { $0 == slash ? nil : $0 } ?? name.endIndex
        return "\(name[..<dot])-\(number)\(name[dot...])"
    }

    /// The name of a file.
    func expanded(_ stream: StreamName?, index: Int, at time: UTCTime) -> String {
        expanded(app: stream?.app ?? "", name: stream?.name ?? "stream", index: index, at: time)
    }

    func expanded(app: String, name: String, index: Int, at time: UTCTime) -> String {
        var result = ""
        for token in tokens {
            switch token {
            case .literal(let text): result += text
            case .app: result += Self.shortened(app)
            case .name: result += Self.shortened(name)
            case .index: result += Self.padded(index, 4)
            case .time(let letter, let digits): result += Self.padded(Self.number(letter, time), digits)
            }
        }
        // A stream without an app would begin with a slash.
        return app.isEmpty && result.hasPrefix("/") && !text.hasPrefix("/") ? String(result.dropFirst()) : result
    }

    private static func placeholder(_ name: Substring) throws(Fault) -> Token {
        switch name {
        case "app": return .app
        case "name": return .name
        case "index": return .index
        default: throw Fault(description: "{\(name)} is unknown; there are {app}, {name} and {index}")
        }
    }

    private mutating func appendTime(_ letter: Character?) throws(Fault) {
        switch letter {
        case "%": append(literal: "%")
        case "Y": tokens.append(.time("Y", digits: 4))
        case "j", "L": tokens.append(.time(letter ?? "j", digits: 3))
        case "m", "d", "H", "M", "S", "y": tokens.append(.time(letter ?? "d", digits: 2))
        case "s": tokens.append(.time("s", digits: 10))
        case "F":
            for part in ["Y", "-", "m", "-", "d"] as [Character] {
                if part == "-" { append(literal: "-") } else { try appendTime(part) }
            }
        case "T":
            for part in ["H", ":", "M", ":", "S"] as [Character] {
                if part == ":" { append(literal: ":") } else { try appendTime(part) }
            }
        default:
            let written = letter.map { "%\($0)" } ?? "% at the end"
            throw Fault(description: "\(written) is unknown; there are %Y %m %d %H %M %S %L %y %j %s %F %T and %%")
        }
    }

    private mutating func append(literal text: String) {
        if case .literal(let before)? = tokens.last {
            tokens[tokens.count - 1] = .literal(before + text)
        } else {
            tokens.append(.literal(text))
        }
    }

    static func number(_ letter: Character, _ time: UTCTime) -> Int64 {
        switch letter {
        case "Y": Int64(time.year)
        case "y": Int64(time.year % 100)
        case "m": Int64(time.month)
        case "d": Int64(time.day)
        case "H": Int64(time.hour)
        case "M": Int64(time.minute)
        case "S": Int64(time.second)
        case "L": Int64(time.millisecond)
        case "j": Int64(time.dayOfYear)
        default: time.secondsSince1970
        }
    }

    private static func padded(_ number: some BinaryInteger, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Parts of a path that are too long for a file system, cut off at a character.
    private static func shortened(_ path: String) -> String {
        guard path.utf8.count > 100 else { return path }
        return path.utf8.split(separator: UInt8(ascii: "/")).map { part in
            var text = String(decoding: part.prefix(100), as: UTF8.self)
            // Half a character becomes this sign.
            if part.count > 100, text.unicodeScalars.last == "\u{FFFD}" { text.unicodeScalars.removeLast() }
            return text
        }.joined(separator: "/")
    }
}
