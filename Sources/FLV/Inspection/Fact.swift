// SPDX-License-Identifier: Apache-2.0

/// Something found out, in a form that programs can read: a JSON value.
public indirect enum Fact: Sendable, Hashable {
    /// Nothing known.
    case unknown
    /// Yes or no.
    case truth(Bool)
    /// A whole number.
    case count(Int64)
    /// Any number; what is none is written as null.
    case number(Double)
    /// Words.
    case text(String)
    /// Facts in order.
    case list([Fact])
    /// Facts by their names, in order.
    case table([Entry])

    /// A fact and its name.
    public struct Entry: Sendable, Hashable {
        /// The name.
        public var name: String
        /// The fact.
        public var fact: Fact

        /// A fact and its name.
        public init(_ name: String, _ fact: Fact) {
            self.name = name
            self.fact = fact
        }
    }

    /// The text, or nothing known.
    public static func optional(_ text: String?) -> Fact { text.map(Fact.text) ?? .unknown }

    /// The number, or nothing known.
    public static func optional(_ count: Int64?) -> Fact { count.map(Fact.count) ?? .unknown }

    /// Milliseconds as seconds, or nothing known.
    public static func seconds(_ milliseconds: Int64?) -> Fact {
        milliseconds.map { .number(Double($0) / 1000) } ?? .unknown
    }

    /// The fact as JSON on one line.
    public var json: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .unknown: text += "null"
        case .truth(let truth): text += truth ? "true" : "false"
        case .count(let count): text += "\(count)"
        case .number(let number): text += number.isFinite ? "\(number)" : "null"
        case .text(let words): Self.quote(words, to: &text)
        case .list(let facts):
            text += "["
            for (index, fact) in facts.enumerated() {
                if index > 0 { text += "," }
                fact.write(to: &text)
            }
            text += "]"
        case .table(let entries):
            text += "{"
            for (index, entry) in entries.enumerated() {
                if index > 0 { text += "," }
                Self.quote(entry.name, to: &text)
                text += ":"
                entry.fact.write(to: &text)
            }
            text += "}"
        }
    }

    private static func quote(_ words: String, to text: inout String) {
        text += "\""
        for scalar in words.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                text += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
