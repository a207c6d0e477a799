// SPDX-License-Identifier: Apache-2.0

/// The byte before every AMF3 value (AMF3 §3.1).
enum AMF3Marker: UInt8 {
    case undefined = 0x00
    case null = 0x01
    case `false` = 0x02
    case `true` = 0x03
    case integer = 0x04
    case double = 0x05
    case string = 0x06
    // The rest are AMF3Value.ReferenceKind, with a header that may say "reference".
}
