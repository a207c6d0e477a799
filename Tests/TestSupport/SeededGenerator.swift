// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A random generator that makes the same numbers from the same seed, everywhere and for ever.
public struct SeededGenerator: RandomNumberGenerator, Sendable, CustomStringConvertible {
    /// What it was made from.
    public let seed: UInt64
    private var state: UInt64

    /// A generator with its own sequence for each seed.
    public init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// The next 64 bits (SplitMix64).
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// An integer in `range`, evenly spread as far as a test can tell, in one step and without a division.
    public mutating func integer(in range: Range<Int>) -> Int {
        let width = UInt64(range.upperBound - range.lowerBound)
        return range.lowerBound + Int(next().multipliedFullWidth(by: width).high)
    }

    /// True with this probability.
    public mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double(next() >> 11) < probability * 0x1p53
    }

    /// So many random bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for _ in 0..<count { bytes.append(UInt8(truncatingIfNeeded: next())) }
        return bytes
    }

    /// `seed N`, for the message of a failing expectation.
    public var description: String { "seed \(seed)" }

    /// The seeds to run a test with: 1 to `count`.
    ///
    /// `RTMP_SEED=N` runs just that one, to see a failure again; `RTMP_SEEDS=N` runs that many, for long runs. Use it
    /// as the argument of a parameterised test, which then prints the seed of each failure.
    public static func seeds(_ count: Int) -> [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let only = environment["RTMP_SEED"].flatMap(UInt64.init) { return [only] }
        let wanted = environment["RTMP_SEEDS"].flatMap(Int.init) ?? count
        return (0..<max(wanted, 1)).map { UInt64($0 + 1) }
    }
}
