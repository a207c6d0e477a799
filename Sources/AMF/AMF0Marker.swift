// SPDX-License-Identifier: Apache-2.0

/// The byte before every AMF0 value (AMF0 §2.1). Movie clip (04) and record set (0E) are reserved and never sent; like
/// everything above 11 they are not here, because nobody knows where they would end.
enum AMF0Marker: UInt8 {
    case number = 0x00
    case boolean = 0x01
    case string = 0x02
    case object = 0x03
    case null = 0x05
    case undefined = 0x06
    case reference = 0x07
    case ecmaArray = 0x08
    case objectEnd = 0x09
    case strictArray = 0x0A
    case date = 0x0B
    case longString = 0x0C
    case unsupported = 0x0D
    case xmlDocument = 0x0F
    case typedObject = 0x10
    case avmPlus = 0x11
}
