// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Telling files that a template named from all others, which nobody may remove.
extension NameTemplate {
    /// The stream of the file with this path, `app/name` as far as the template says them; nil for a path that the template
    /// cannot have made.
    func stream(of path: String) -> String? {
        var fields: [String] = []
        let bytes = Array(path.utf8)
        // A stream without an app has lost the slash that would begin its path.
        guard
            Self.match(bytes[...], tokens[...], &fields)
                || tokens.first == .app && Self.match([UInt8(ascii: "/")] + bytes, tokens[...], &fields)
        else { return nil }
        return fields.joined(separator: "/")
    }

    /// The longest possible field first. Two fields in a row are compared in time that grows with the square of the path.
    private static func match(
        _ path: ArraySlice<UInt8>, _ tokens: ArraySlice<Token>, _ fields: inout [String]
    ) -> Bool {
        guard let token = tokens.first else { return path.isEmpty }
        let rest = tokens.dropFirst()
        switch token {
        case .literal(let text):
            let bytes = Array(text.utf8)
            return path.starts(with: bytes) && match(path.dropFirst(bytes.count), rest, &fields)
        case .time(_, let digits):
            guard path.count >= digits, path.prefix(digits).allSatisfy(isDigit) else { return false }
            return match(path.dropFirst(digits), rest, &fields)
        case .index:
            let digits = path.prefix { isDigit($0) }.count
            return digits >= 4 && match(path.dropFirst(digits), rest, &fields)
        case .app, .name:
            let isApp = token == .app
            // The rest of the path is shorter than any system allows, so this ends soon.
            let end = isApp ? path.count : path.prefix { $0 != UInt8(ascii: "/") }.count
            guard end <= 1024 else { return false }
            for count in stride(from: end, through: isApp ? 0 : 1, by: -1) {
                fields.append(String(decoding: path.prefix(count), as: UTF8.self))
                if match(path.dropFirst(count), rest, &fields) { return true }
                fields.removeLast()
            }
            return false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
