// SPDX-License-Identifier: Apache-2.0

import RTMPRelay
import Testing

@Suite struct UTCTimeTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (951_868_799_999, "2000-02-29T23:59:59.999Z"),
        (951_868_800_000, "2000-03-01T00:00:00.000Z"),
        (1_795_255_845_250, "2026-11-21T10:10:45.250Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-86_400_000, "1969-12-31T00:00:00.000Z"),
    ])
    func `days since 1970 become dates`(milliseconds: Int64, text: String) {
        #expect(UTCTime(milliseconds: milliseconds).text == text)
    }

    @Test func `names of files hold no characters that file systems dislike`() {
        #expect(UTCTime(milliseconds: 1_795_255_845_250).fileName == "20261121T101045.250Z")
    }
}
