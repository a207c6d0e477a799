// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport

/// A value of a JSON file, to look into without declaring its shape.
struct JSON {
    private let value: Any?

    private init(_ value: Any?) { self.value = value }

    init(fixture: String) throws {
        value = try JSONSerialization.jsonObject(with: Data(Fixture.bytes(fixture)))
    }

    init(text: String) throws {
        value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    subscript(key: String) -> JSON { JSON((value as? [String: Any])?[key]) }

    var exists: Bool { value != nil && !(value is NSNull) }
    var keys: [String] { (value as? [String: Any])?.keys.sorted() ?? [] }
    var array: [JSON] { (value as? [Any])?.map(JSON.init) ?? [] }
    var string: String? { value as? String }
    var double: Double? { (value as? NSNumber)?.doubleValue }
    var int: Int? { (value as? NSNumber)?.intValue }
    var bool: Bool? { (value as? NSNumber)?.boolValue }
}
