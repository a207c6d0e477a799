// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the parts of the library do without a network, beside memcpy and C in the same run.
///
///     inmemory [--seconds S] [--rounds N] [--json] [WORD...]
///
/// S is the processor time of each of the N rounds of one thing (0.05, 7); WORDs choose the cases whose names have one of
/// them. A table, or one JSON array.
@main
struct InMemory {
    static func main() {
        var rounds = 7
        var slice = 0.05
        var isJSON = false
        var words: [String] = []
        var arguments = CommandLine.arguments.dropFirst().makeIterator()
        while let argument = arguments.next() {
            switch argument {
            case "--rounds": rounds = arguments.next().flatMap { Int($0) } ?? rounds
            case "--seconds": slice = arguments.next().flatMap { Double($0) } ?? slice
            case "--json": isJSON = true
            default: words.append(argument)
            }
        }
        let cases = (chunkCases() + amfCases() + flvCases() + handshakeCases() + relayCases()).filter { item in
            words.isEmpty || words.contains { item.name.contains($0) }
        }
        let watch = Stopwatch(rounds: max(1, rounds), slice: slice)
        if !isJSON { print(columns("", "ours", "C", "ours/C", "memcpy", "ours/memcpy")) }
        var lines: [String] = []
        for item in cases {
            let result = watch.measure(item)
            lines.append(json(result))
            if !isJSON { print(text(result)) }
            fflush(nil)
        }
        if isJSON { print("[" + lines.joined(separator: ",\n ") + "]") }
    }

    private static func text(_ result: Result) -> String {
        let unit = result.isRate ? "GB/s" : "ns"
        return columns(
            result.name, "\(digits(result.ours)) \(unit)", result.c.map { "\(digits($0)) \(unit)" } ?? "",
            result.toC.map(digits) ?? "", "\(digits(result.copy)) \(unit)", digits(result.toCopy))
    }

    private static func json(_ result: Result) -> String {
        func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "null" }
        return """
            {"name": "\(result.name)", "unit": "\(result.isRate ? "GB/s" : "ns")", "ours": \(number(result.ours)), \
            "c": \(number(result.c)), "memcpy": \(number(result.copy)), "to_c": \(number(result.toC)), \
            "to_memcpy": \(number(result.toCopy))}
            """
    }

    private static func columns(_ name: String, _ others: String...) -> String {
        let padding = String(repeating: " ", count: max(1, 66 - name.count))
        return name + padding
            + others.map { String(repeating: " ", count: max(1, 13 - $0.count)) + $0 }.joined()
    }

    /// Three digits.
    private static func digits(_ value: Double) -> String {
        let decimals = value >= 100 ? 1.0 : value >= 10 ? 10 : 1000
        let rounded = (value * decimals).rounded() / decimals
        return value >= 100 ? "\(Int(rounded))" : "\(rounded)"
    }
}
