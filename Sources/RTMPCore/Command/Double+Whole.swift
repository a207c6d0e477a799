// SPDX-License-Identifier: Apache-2.0

extension Double {
    /// The same number as an integer; nil when it is none that 32 bits can hold. `UInt32(exactly:)` would do, but drags
    /// in the mathematics library, which a program of ours may not link.
    var wholeUInt32: UInt32? {
        guard self >= 0, self <= Double(UInt32.max) else { return nil }
        let whole = UInt32(self)
        return Double(whole) == self ? whole : nil
    }
}
