// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct TimeTextTests {
    @Test func `times are written in ISO 8601`() throws {
        let cases: [(Int64, String, String)] = [
            (0, "date[d]", "1970-01-01"), (-1, "date[d]", "1969-12-31"), (19_782, "date[d]", "2024-02-29"),
            (-719_528, "date[d]", "0000-01-01"), (-719_529, "date[d]", "-0001-12-31"),
            (2_932_897, "date[d]", "+10000-01-01"),
            (1_709_164_800_000, "date[ms]", "2024-02-29"), (1, "date[ms]", "1970-01-01T00:00:00.001"),
            (0, "time[s]", "00:00:00"), (86_399_999, "time[ms]", "23:59:59.999"), (1, "time[ns]", "00:00:00.000000001"),
            (86_400, "time[s]", "86400"), (-1, "time[s]", "-1"),
            (-1, "timestamp[ns]", "1969-12-31T23:59:59.999999999"),
            (1_709_208_000, "timestamp[s]", "2024-02-29T12:00:00"),
            (1_709_208_000_250, "timestamp[ms, Europe/Berlin]", "2024-02-29T12:00:00.250Z"),
            (.min, "timestamp[us, UTC]", "-290308-12-21T19:59:05.224192Z"),
            (.max, "timestamp[us, UTC]", "+294247-01-10T04:00:54.775807Z"),
            (90, "duration[s]", "PT90S"), (-1_500, "duration[ms]", "-PT1.500S"),
            (.min, "duration[ns]", "-PT9223372036.854775808S"),
        ]
        for (value, name, expected) in cases {
            var text: [UInt8] = []
            TimeText.append(value, try #require(TimeType(parsing: name)), to: &text)
            #expect(String(decoding: text, as: UTF8.self) == expected, "\(value) \(name)")
        }
    }

    @Test func `time types are read only in the form in which they are written`() {
        for text in ["date[d]", "date[ms]", "time[ns]", "timestamp[us, UTC]", "timestamp[s, -03:00]", "duration[s]"] {
            #expect(TimeType(parsing: text)?.description == text)
        }
        for text in [
            "", "date", "date[us]", "time[d]", "time[us, UTC]", "timestamp[us,UTC]", "timestamp[us, ]",
            "timestamp[us, a b]",
            "timestamp[us, UTC] ", "timestamp[us, Ü]", "timestamp[us, a,b]", "duration[s]]", "Date[d]",
        ] {
            #expect(TimeType(parsing: text) == nil, "\(text)")
        }
    }
}
