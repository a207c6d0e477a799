// SPDX-License-Identifier: Apache-2.0

/// The part of a URL between `//` and the path: `[user[:password]@]host[:port]`.
struct Authority {
    var user: String?
    var password: String?
    /// Without brackets.
    var host: String
    var port: UInt16?

    init(_ text: Substring) throws(RTMPURLError) {
        var location = text
        // The last @ ends the user part, so that a password may hold one.
        if let at = text.lastIndex(of: "@") {
            location = text[text.index(after: at)...]
            let account = text[..<at]
            let colon = account.firstIndex(of: ":")
            let name = account[..<(colon ?? account.endIndex)]
            user = name.isEmpty ? nil : Self.percentDecoded(name)
            password = colon.map { Self.percentDecoded(account[account.index(after: $0)...]) }
        }
        let afterHost: Substring
        if location.first == "[" {
            guard let close = location.firstIndex(of: "]") else { throw .invalidHost }
            let literal = location[location.index(after: location.startIndex)..<close]
            guard literal.contains(":"), literal.utf8.allSatisfy(Self.isAddressByte) else { throw .invalidHost }
            host = String(literal)
            afterHost = location[location.index(after: close)...]
        } else {
            let colon = location.firstIndex(of: ":") ?? location.endIndex
            host = String(location[..<colon])
            afterHost = location[colon...]
            guard !host.contains("]"), !afterHost.dropFirst().contains(":") else { throw .invalidHost }
        }
        guard !host.isEmpty else { throw .missingHost }
        guard !afterHost.isEmpty else { return }
        guard afterHost.first == ":" else { throw .invalidHost }
        let digits = afterHost.dropFirst()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0 else {
            throw .invalidPort(String(digits.prefix(16)))
        }
        port = number
    }

    /// What an IPv6 literal is made of, a zone included.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x3A, 0x2E, 0x25, 0x2D, 0x5F: true
        default: false
        }
    }

    /// Replaces `%XX`; a percent sign that is not followed by two digits stays.
    private static func percentDecoded(_ text: Substring) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x25, index + 2 < bytes.count,
                let high = Character(Unicode.Scalar(bytes[index + 1])).hexDigitValue,
                let low = Character(Unicode.Scalar(bytes[index + 2])).hexDigitValue
            {
                result.append(UInt8(high << 4 | low))
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
