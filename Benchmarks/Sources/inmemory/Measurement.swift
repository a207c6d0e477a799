// SPDX-License-Identifier: Apache-2.0

import CMachine

/// Something to be measured: one run of ours, and what stands beside it.
struct Case {
    /// What a result counts.
    enum Unit {
        /// Gigabytes a second; the bytes of one run.
        case rate(bytes: Int)
        /// Nanoseconds for one; how many one run does.
        case time(count: Int)
    }

    let unit: Unit
    /// Bytes that memcpy copies beside it.
    let copied: Int
    let ours: () -> Void
    /// A program in C of the same shape.
    var c: (() -> Void)?
}

/// A case that is made when it is wanted.
struct Entry {
    let name: String
    let make: () -> Case

    init(_ name: String, _ make: @escaping () -> Case) {
        self.name = name
        self.make = make
    }
}

/// What was measured of one case: medians, and the medians of the ratios of each round.
struct Result {
    let name: String
    let isRate: Bool
    let ours: Double
    let c: Double?
    let copy: Double
    /// How fast ours is compared with C: 1 is as fast, less is slower.
    let toC: Double?
    let toCopy: Double
}

/// Measures processor time, in rounds in which each of the things to compare has its turn.
struct Stopwatch {
    let rounds: Int
    /// Seconds of one turn.
    let slice: Double
    private let source: UnsafeMutableRawPointer
    private let target: UnsafeMutableRawPointer
    private static let room = 80 << 20

    init(rounds: Int, slice: Double) {
        self.rounds = rounds
        self.slice = slice
        source = .allocate(byteCount: Self.room, alignment: 64)
        target = .allocate(byteCount: Self.room, alignment: 64)
        source.initializeMemory(as: UInt8.self, repeating: 1, count: Self.room)
        target.initializeMemory(as: UInt8.self, repeating: 2, count: Self.room)
    }

    func measure(_ entry: Entry) -> Result {
        let item = entry.make()
        precondition(item.copied <= Self.room)
        let copy = { c_copy(target, source, item.copied) }
        let counts = (count(item.ours), item.c.map(count), count(copy))
        var ours: [Double] = []
        var c: [Double] = []
        var copies: [Double] = []
        for _ in 0..<rounds {
            ours.append(seconds(item.ours, counts.0))
            if let run = item.c, let count = counts.1 { c.append(seconds(run, count)) }
            copies.append(seconds(copy, counts.2))
        }
        func value(_ seconds: [Double]) -> Double {
            switch item.unit {
            case .rate(let bytes): Double(bytes) / median(seconds) / 1e9
            case .time(let count): median(seconds) / Double(count) * 1e9
            }
        }
        let isRate = if case .rate = item.unit { true } else { false }
        return Result(
            name: entry.name, isRate: isRate, ours: value(ours), c: c.isEmpty ? nil : value(c),
            copy: isRate ? Double(item.copied) / median(copies) / 1e9 : value(copies),
            toC: c.isEmpty ? nil : median(zip(c, ours).map { $0 / $1 }),
            toCopy: median(zip(copies, ours).map { $0 / $1 }))
    }

    /// How many runs fill a slice.
    private func count(_ run: () -> Void) -> Int {
        var count = 1
        while true {
            let time = seconds(run, count) * Double(count)
            if time > slice / 4 { return max(1, Int(Double(count) * slice / time)) }
            count *= 4
        }
    }

    /// Seconds of one run.
    private func seconds(_ run: () -> Void, _ count: Int) -> Double {
        let start = c_cpu()
        for _ in 0..<count { run() }
        return (c_cpu() - start) / Double(count)
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
