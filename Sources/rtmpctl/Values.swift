// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Values of options, read from their text.
extension Arguments {
    /// A time: `90`, `1.5m`, `500ms`, `1:30`, `1:02:03.5`.
    func duration(_ option: Option) throws(Failure) -> Duration? {
        guard let text = self[option] else { return nil }
        if let milliseconds = Self.milliseconds(text) { return .milliseconds(milliseconds) }
        throw Failure("\(option.name) \(text) is not a time; write 90, 1.5m, 500ms or 1:30")
    }

    /// A short time, in milliseconds when it has no unit: `0`, `350`, `40ms`.
    func shortDuration(_ option: Option) throws(Failure) -> Duration? {
        guard let text = self[option], let milliseconds = UInt16(text) else { return try duration(option) }
        return .milliseconds(Int64(milliseconds))
    }

    /// A number of bytes: `1000`, `64M`, `1.5G`.
    func size(_ option: Option) throws(Failure) -> Int64? {
        guard let text = self[option] else { return nil }
        if let bytes = Self.bytes(text) { return bytes }
        throw Failure("\(option.name) \(text) is not a size; write 1000, 64M or 2G")
    }

    /// How many of something: at least one.
    func count(_ option: Option) throws(Failure) -> Int? {
        guard let text = self[option] else { return nil }
        if let count = Int(text), count > 0 { return count }
        throw Failure("\(option.name) \(text) is not a number; write 1 or more")
    }

    /// One of a few words.
    func choice<Value>(_ option: Option, _ choices: KeyValuePairs<String, Value>) throws(Failure) -> Value? {
        guard let text = self[option] else { return nil }
        if let choice = choices.first(where: { $0.key == text }) { return choice.value }
        let words = choices.map(\.key).joined(separator: ", ")
        throw Failure("\(option.name) \(text) is none of the choices; write one of \(words)")
    }

    /// The operands, when there are as many as wanted. What is in them is not repeated: it may be secret.
    func operands(_ count: ClosedRange<Int>, called names: String) throws(Failure) -> [String] {
        if operands.count < count.lowerBound { throw Failure("\(names) is missing; --help shows how to write it") }
        if operands.count > count.upperBound {
            throw Failure("\(operands.count) operands are given, at most \(count.upperBound) wanted: \(names)")
        }
        return operands
    }

    static func milliseconds(_ text: String) -> Int64? {
        let units: KeyValuePairs = ["ms": 1.0, "s": 1000, "m": 60_000, "h": 3_600_000]
        if let unit = units.first(where: { text.hasSuffix($0.key) }) {
            return scaled(text.dropLast(unit.key.count), by: unit.value)
        }
        var seconds: Int64 = 0
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 3, let last = parts.popLast(), let rest = scaled(last, by: 1000) else { return nil }
        for part in parts {
            guard let number = scaled(part, by: 1), !part.contains(".") else { return nil }
            seconds = (seconds + number) * 60
        }
        return seconds * 1000 + rest
    }

    static func bytes(_ text: String) -> Int64? {
        let units: KeyValuePairs = ["k": 1024.0, "m": 1_048_576, "g": 1_073_741_824]
        guard let unit = units.first(where: { text.lowercased().hasSuffix($0.key) }) else {
            return scaled(text[...], by: 1)
        }
        return scaled(text.dropLast(), by: unit.value)
    }

    /// Digits with at most one dot among them, times `factor`. At most some thirty thousand years or bytes.
    private static func scaled(_ text: Substring, by factor: Double) -> Int64? {
        guard text.first != ".", text.last != ".", text.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }),
            let number = Double(text), number * factor < 1e15
        else { return nil }
        return Int64((number * factor).rounded())
    }
}

extension ListenAddress {
    /// `HOST:PORT`, `:PORT` for every address of the machine, `HOST` alone for port 1935.
    init(argument text: String) throws(Failure) {
        var host = text[...]
        var port: Substring = "1935"
        // A colon inside brackets belongs to an IPv6 address.
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw Failure("an IPv6 address to listen on stands in brackets: [\(text)]:1935")
        }
        guard let number = UInt16(port), port.allSatisfy(\.isNumber) else {
            throw Failure("\(text) is no address to listen on; write 127.0.0.1:1935, or :1935 for every address")
        }
        if host.allSatisfy(\.isNumber), !host.isEmpty {
            throw Failure("\(text) is no address to listen on; write :\(text) for that port on every address")
        }
        self.init(host: host.isEmpty ? nil : String(host), port: number)
    }
}
