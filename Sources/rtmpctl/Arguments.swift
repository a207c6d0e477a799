// SPDX-License-Identifier: Apache-2.0

/// The words behind a command, taken apart.
///
/// Long options are `--name value` or `--name=value`; letters are `-n value` or `-nvalue`, and switches may share a
/// dash. Behind `--` everything is an operand, and so is a lone `-`. An option given twice has both values; where one
/// is wanted, the last counts.
struct Arguments: Sendable {
    /// What is no option, in order.
    private(set) var operands: [String] = []
    private var values: [String: [String]] = [:]

    /// Takes `words` apart by the options that a command knows.
    init(_ words: some Sequence<String>, options: [Option]) throws(Failure) {
        var words = Array(words)[...]
        while let word = words.popFirst() {
            if word == "--" {
                operands += words
                return
            } else if word.hasPrefix("--") {
                try readLong(word.dropFirst(2), &words, options)
            } else if word.hasPrefix("-"), word != "-" {
                try readLetters(word.dropFirst(), &words, options)
            } else {
                operands.append(word)
            }
        }
    }

    /// Whether an option is given.
    func has(_ option: Option) -> Bool { values[option.name] != nil }

    /// All values of an option, in order. A switch, and a number that is left out, has an empty one.
    func all(_ option: Option) -> [String] { values[option.name] ?? [] }

    /// The last value of an option.
    subscript(option: Option) -> String? { values[option.name]?.last }

    private mutating func readLong(
        _ word: Substring, _ words: inout ArraySlice<String>, _ options: [Option]
    ) throws(Failure) {
        let equals = word.firstIndex(of: "=")
        let name = String(word[..<(equals ?? word.endIndex)])
        guard let option = options.first(where: { $0.names.contains(name) }) else {
            throw Failure("unknown option --\(name)" + Self.suggestion(for: name, options))
        }
        let attached = equals.map { String(word[word.index(after: $0)...]) }
        if case .none = option.value, attached != nil { throw Failure("\(option.name) takes no value") }
        try read(option, attached, &words)
    }

    private mutating func readLetters(
        _ letters: Substring, _ words: inout ArraySlice<String>, _ options: [Option]
    ) throws(Failure) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.letter == letter }) else {
                throw Failure("unknown option -\(letter)" + Self.suggestion(for: String(letter) + letters, options))
            }
            if case .none = option.value {
                try read(option, nil, &words)
            } else {
                return try read(option, letters.isEmpty ? nil : String(letters), &words)
            }
        }
    }

    private mutating func read(
        _ option: Option, _ attached: String?, _ words: inout ArraySlice<String>
    ) throws(Failure) {
        if let refusal = option.refusal { throw Failure("\(option.name) \(refusal)") }
        var value = attached
        switch option.value {
        case .none: break
        case .required(let kind):
            value = value ?? words.popFirst()
            if value == nil { throw Failure("\(option.name) needs a value: \(option.name) \(kind)") }
        case .number:
            if value == nil, words.first?.allSatisfy({ ("0"..."9").contains($0) }) == true { value = words.popFirst() }
        }
        values[option.name, default: []].append(value ?? "")
    }

    /// A dash too few is the commonest slip: `-duration`.
    private static func suggestion(for name: String, _ options: [Option]) -> String {
        let names = options.flatMap(\.names)
        return nearest(to: name, in: names).map { "; did you mean --\($0)?" } ?? "; --help lists what there is"
    }
}

/// The word that somebody who typed `word` may have meant.
func nearest(to word: String, in candidates: [String]) -> String? {
    let word = word.lowercased()
    if let longer = candidates.first(where: { word.count > 2 && $0.lowercased().hasPrefix(word) }) { return longer }
    let ranked = candidates.map { (distance: editDistance(word, $0.lowercased()), candidate: $0) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, min(word.count, best.candidate.count) / 3) ? best.candidate : nil
}

/// How many letters must be added, removed, replaced, or swapped with their neighbour, to make `b` from `a`.
func editDistance(_ a: String, _ b: String) -> Int {
    // Nobody mistypes a word of that length, and the table grows with the product.
    guard a.utf8.count <= 64, b.utf8.count <= 64 else { return .max }
    let a = Array(a)
    let b = Array(b)
    var table = [Array(0...b.count)]
    for row in 0..<a.count {
        var next = [row + 1]
        for column in 0..<b.count {
            var best = min(table[row][column + 1] + 1, next[column] + 1)
            best = min(best, table[row][column] + (a[row] == b[column] ? 0 : 1))
            if row > 0, column > 0, a[row] == b[column - 1], a[row - 1] == b[column] {
                best = min(best, table[row - 1][column - 1] + 1)
            }
            next.append(best)
        }
        table.append(next)
    }
    return table[a.count][b.count]
}
