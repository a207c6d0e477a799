// SPDX-License-Identifier: Apache-2.0

/// HMAC with SHA-256 (RFC 2104).
enum HMAC {
    /// The code of `parts`, taken as one message, under `key`.
    static func code(key: [UInt8], _ parts: ArraySlice<UInt8>...) -> [UInt8] {
        var block = key.count > SHA256.blockSize ? SHA256.hash(key.span) : key
        block += [UInt8](repeating: 0, count: SHA256.blockSize - block.count)
        // Named, because the compiler (6.3.1, debug) fails on the span of a value without a name.
        let innerPad = block.map { $0 ^ 0x36 }
        let outerPad = block.map { $0 ^ 0x5C }
        var inner = SHA256()
        inner.update(innerPad.span)
        for part in parts { inner.update(part.span) }
        let hash = inner.finish()
        var outer = SHA256()
        outer.update(outerPad.span)
        outer.update(hash.span)
        return outer.finish()
    }
}
