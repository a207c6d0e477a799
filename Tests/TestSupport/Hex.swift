// SPDX-License-Identifier: Apache-2.0

/// The bytes written as hexadecimal digits in `text`.
///
/// White space is free, `#` starts a comment that goes to the end of its line. Stops the test process on anything
/// else: a vector with a slip must not pass for a shorter vector.
public func bytes(_ text: String) -> [UInt8] {
    var digits: [UInt8] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
        for character in line.prefix(while: { $0 != "#" }) where !character.isWhitespace {
            guard let digit = character.hexDigitValue else {
                preconditionFailure("\"\(character)\" is not a hexadecimal digit, in \"\(text)\"")
            }
            digits.append(UInt8(digit))
        }
    }
    precondition(digits.count.isMultiple(of: 2), "odd number of hexadecimal digits in \"\(text)\"")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Bytes as hexadecimal digits, a blank between two bytes.
public func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        if !text.isEmpty { text.append(0x20) }
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
