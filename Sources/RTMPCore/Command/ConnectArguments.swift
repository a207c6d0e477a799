// SPDX-License-Identifier: Apache-2.0

public import AMF

/// Values for ``ClientSession/Configuration/connectArguments``, from the text form that librtmp made common
/// (rtmpdump's `--conn`).
///
/// A text is a letter, a colon and a value: `B:1`, `N:1.5`, `S:text`, `Z:` for null. `O:1` begins an object and `O:0`
/// ends it; between them each text has an N in front and a name behind the letter: `NB:isHD:1`, `NS:user:me`.
public enum ConnectArguments {
    /// How many objects may lie in each other.
    public static let maximumDepth = 16

    /// The values that `texts` describe, in order.
    ///
    /// - Throws: which text is wrong, and why. The text itself is not repeated: it may be a password.
    public static func values(librtmp texts: [String]) throws(ConnectArgumentError) -> [AMF0Value] {
        var values: [AMF0Value] = []
        // Objects that are not ended yet, the outermost first, each with its name within the one before.
        var open: [(name: String, object: AMF0Object)] = []
        for (index, text) in texts.enumerated() {
            let position = index + 1
            let isInside = !open.isEmpty
            if text == "O:0" {
                guard let ended = open.popLast() else { throw ConnectArgumentError(position, "it ends no object") }
                add(.object(ended.object), named: ended.name, to: &open, or: &values)
                continue
            }
            guard let (letter, name, value) = split(text, isNamed: isInside) else {
                throw ConnectArgumentError(position, isInside ? "write NS:name:value" : "write S:value")
            }
            if letter == "O" {
                guard value == "1" else { throw ConnectArgumentError(position, "write O:1 or O:0") }
                guard open.count < maximumDepth else {
                    throw ConnectArgumentError(position, "too many objects are open")
                }
                open.append((name, AMF0Object()))
            } else if let value = scalar(letter, value) {
                add(value, named: name, to: &open, or: &values)
            } else {
                throw ConnectArgumentError(position, "it is none of B:0, B:1, N:number, S:text, Z:, O:1 and O:0")
            }
        }
        guard open.isEmpty else { throw ConnectArgumentError(texts.count, "an object is not ended; add O:0") }
        return values
    }

    private static func split(_ text: String, isNamed: Bool) -> (letter: Character, name: String, value: String)? {
        let parts = text.split(separator: ":", maxSplits: isNamed ? 2 : 1, omittingEmptySubsequences: false)
        if isNamed {
            guard parts.count == 3, parts[0].count == 2, parts[0].first == "N", let letter = parts[0].last else {
                return nil
            }
            return (letter, String(parts[1]), String(parts[2]))
        }
        guard parts.count == 2, parts[0].count == 1, let letter = parts[0].first else { return nil }
        return (letter, "", String(parts[1]))
    }

    private static func scalar(_ letter: Character, _ value: String) -> AMF0Value? {
        switch letter {
        case "B": value == "1" ? .boolean(true) : value == "0" ? .boolean(false) : nil
        case "N": Double(value).map { .number($0) }
        case "S": .string(AMFString(value))
        case "Z": .null
        default: nil
        }
    }

    private static func add(
        _ value: AMF0Value, named name: String, to open: inout [(name: String, object: AMF0Object)],
        or values: inout [AMF0Value]
    ) {
        if open.isEmpty {
            values.append(value)
        } else {
            open[open.count - 1].object.properties.append(.init(name: AMFString(name), value: value))
        }
    }
}

/// Which of the texts given to ``ConnectArguments`` is wrong, and why.
public struct ConnectArgumentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Counted from 1.
    public var position: Int
    /// What is wrong, or what to write instead.
    public var reason: String

    init(_ position: Int, _ reason: String) {
        self.position = position
        self.reason = reason
    }

    /// A sentence for a person, without the text.
    public var description: String { "connect argument \(position) is not readable: \(reason)" }
}
