// SPDX-License-Identifier: Apache-2.0

/// Numbers as people read them.
enum Figures {
    /// `00:01:23`, `27:00:00`.
    static func clock(_ milliseconds: Int64) -> String {
        let seconds = max(milliseconds, 0) / 1000
        return [seconds / 3600, seconds / 60 % 60, seconds % 60].map { pad($0, 2) }.joined(separator: ":")
    }

    /// `512 B`, `12.3 MB`. A kB is 1,000 bytes, as in bit rates.
    static func size(_ bytes: Int64) -> String {
        var number = Double(bytes)
        for unit in ["B", "kB", "MB", "GB"] {
            if number < 999.95 { return unit == "B" ? "\(bytes) B" : "\(tenths(number)) \(unit)" }
            number /= 1000
        }
        return "\(tenths(number)) TB"
    }

    /// One digit behind the point. What is no number is 0.
    static func tenths(_ number: Double) -> String {
        let scaled = (number * 10).rounded()
        guard abs(scaled) < 1e15 else { return "0.0" }
        let whole = Int64(scaled)
        return "\(whole < 0 ? "-" : "")\(whole.magnitude / 10).\(whole.magnitude % 10)"
    }

    static func pad(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
