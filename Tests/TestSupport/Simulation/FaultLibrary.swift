// SPDX-License-Identifier: Apache-2.0

/// The things that can go wrong on the network, by name.
public enum Fault: String, Sendable, Hashable, CaseIterable {
    /// Bytes arrive in odd pieces.
    case split
    /// Bytes come a little late.
    case delay
    /// Nothing passes for up to three seconds.
    case stall
    /// Connections break, and both sides are told.
    case reset
    /// One side's stream ends in the middle.
    case halfClose = "half-close"
    /// Nothing arrives any more, and nobody is told.
    case vanish
    /// Who connects arrives twice.
    case duplicateConnect = "duplicate connect"
    /// Attempts to connect are refused.
    case refusal
    /// Attempts to connect are not answered.
    case noAnswer = "no answer"
    /// Little can be under way.
    case smallBuffer = "small buffer"
    /// The way has little bandwidth.
    case narrow
}

extension Faults {
    /// These faults, each as often as it takes to meet it in a run of half a minute.
    public init(_ faults: Set<Fault>) {
        self.init()
        breakdownKinds = []
        // In a fixed order, so that equal sets give equal runs.
        for fault in Fault.allCases where faults.contains(fault) { add(fault) }
    }

    /// Some faults, drawn from the library.
    public init(drawnBy random: inout SeededGenerator) {
        self.init(Set(Fault.allCases.filter { _ in random.chance(0.4) }))
    }

    /// Which faults of the library are among these.
    public var names: [Fault] {
        let present: [(Fault, Bool)] = [
            (.split, split > 0), (.delay, delay > 0), (.stall, stall > 0),
            (.reset, breakdown > 0 && breakdownKinds.contains(.reset)),
            (.halfClose, breakdown > 0 && breakdownKinds.contains(.halfClose)),
            (.vanish, breakdown > 0 && breakdownKinds.contains(.vanish)),
            (.duplicateConnect, duplicateConnect > 0), (.refusal, refusal > 0), (.noAnswer, noAnswer > 0),
            (.smallBuffer, smallBuffer > 0), (.narrow, narrow > 0),
        ]
        return present.filter(\.1).map(\.0)
    }

    private mutating func add(_ fault: Fault) {
        switch fault {
        case .split: split = 0.3
        case .delay: delay = 0.05
        case .stall: stall = 0.004
        case .reset: breakDown(.reset)
        case .halfClose: breakDown(.halfClose)
        case .vanish: breakDown(.vanish)
        case .duplicateConnect: duplicateConnect = 0.3
        case .refusal: refusal = 0.1
        case .noAnswer: noAnswer = 0.1
        case .smallBuffer: smallBuffer = 0.3
        case .narrow: narrow = 0.3
        }
    }

    private mutating func breakDown(_ how: Cut) {
        breakdown = 0.5
        breakdownKinds.append(how)
    }
}
