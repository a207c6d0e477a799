// SPDX-License-Identifier: Apache-2.0

/// A time of day in UTC, taken apart, for names of files and for log lines.
public struct UTCTime: Sendable, Hashable {
    /// Year of the Gregorian calendar.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int
    /// 0 to 23.
    public let hour: Int
    /// 0 to 59.
    public let minute: Int
    /// 0 to 59.
    public let second: Int
    /// 0 to 999.
    public let millisecond: Int
    /// 1 to 366.
    public let dayOfYear: Int
    /// Whole seconds since the start of 1970.
    public let secondsSince1970: Int64

    /// The time that many milliseconds after the start of 1970.
    public init(milliseconds: Int64) {
        let (days, rest) = Self.floorDivided(milliseconds, by: 86_400_000)
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1000 % 60
        millisecond = rest % 1000
        // Years that begin in March put the leap day last, so that months have fixed offsets.
        let (era, dayOfEra) = Self.floorDivided(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let marchDay = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * marchDay + 2) / 153
        day = marchDay - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + Int(era) * 400 + (month <= 2 ? 1 : 0)
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        // From March on the days of January and February, 59 or 60, lie before.
        dayOfYear = month <= 2 ? marchDay - 305 : marchDay + (isLeap ? 61 : 60)
        secondsSince1970 = days * 86_400 + Int64(rest / 1000)
    }

    /// `2026-11-21T10:15:30.250Z`.
    public var text: String {
        "\(pad(year, 4))-\(pad(month))-\(pad(day))T\(pad(hour)):\(pad(minute)):\(pad(second)).\(pad(millisecond, 3))Z"
    }

    /// `20261121T101530.250Z`, without characters that file systems dislike.
    public var fileName: String {
        "\(pad(year, 4))\(pad(month))\(pad(day))T\(pad(hour))\(pad(minute))\(pad(second)).\(pad(millisecond, 3))Z"
    }

    private func pad(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func floorDivided(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, Int(remainder + divisor)) : (quotient, Int(remainder))
    }
}
