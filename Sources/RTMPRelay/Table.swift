// SPDX-License-Identifier: Apache-2.0

/// Values under small numbers, which others hold on to: a number that is not in use any more, or lies beyond the end,
/// has no value. So the table can become shorter again whoever still knows a number.
struct Table<Value: Sendable>: Sendable {
    private var places: [Value?] = []

    /// Takes the first free number.
    mutating func add(_ value: Value) -> Int {
        if let free = places.firstIndex(where: { $0 == nil }) {
            places[free] = value
            return free
        }
        places.append(value)
        return places.count - 1
    }

    /// Takes that number.
    mutating func put(_ value: Value, at index: Int) {
        while places.count <= index { places.append(nil) }
        places[index] = value
    }

    /// Gives up the room behind the last value when it is most of all.
    mutating func shrink() {
        guard places.capacity > 64 else { return }
        let count = (places.lastIndex { $0 != nil } ?? -1) + 1
        if count < places.capacity / 4 { places = places.prefix(count).map { $0 } }
    }
}

extension Table: RandomAccessCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { places.count }

    subscript(index: Int) -> Value? {
        @inline(__always) _read {
            if places.indices.contains(index) { yield places[index] } else { yield nil }
        }
        @inline(__always) _modify {
            if places.indices.contains(index) {
                yield &places[index]
            } else {
                var nothing: Value?
                yield &nothing
            }
        }
    }
}
