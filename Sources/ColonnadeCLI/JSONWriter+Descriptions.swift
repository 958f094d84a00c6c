// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeIngest

/// Descriptions that several reports contain.
extension JSONWriter {
    /// Writes the name, type and meaning of a column. A dimension that varies is null.
    mutating func members(of field: Field) {
        member("name", field.name)
        member("kind", String(describing: field.kind))
        member("dtype", field.dtype.name)
        key("shape")
        array { json in
            for dim in field.shape {
                if let dim { json.value(dim) } else { json.null() }
            }
        }
        switch field.meaning {
        case nil: break
        case .media(let type): member("media", type)
        case .time(let type): member("time", type.description)
        case .classLabels(let names):
            key("labels")
            array { json in
                for name in names { json.value(name) }
            }
        }
    }

    /// Writes the statistics of a column. Extremes and mean are null if there is no finite element.
    mutating func members(of statistics: ColumnStatistics) {
        member("count", statistics.elements)
        member("non_finite", statistics.nonFinite)
        key("min")
        number(statistics.finite > 0 ? statistics.min : nil)
        key("max")
        number(statistics.finite > 0 ? statistics.max : nil)
        key("mean")
        number(statistics.finite > 0 ? .floating(statistics.mean) : nil)
        key("deviation")
        number(statistics.finite > 0 ? .floating(statistics.deviation) : nil)
        member("shortest", statistics.shortest)
        member("longest", statistics.longest)
    }

    private mutating func number(_ number: ColumnStatistics.Number?) {
        switch number {
        case nil: null()
        case .signed(let number): value(number)
        case .unsigned(let number): value(number)
        case .floating(let number): value(number)
        }
    }
}
