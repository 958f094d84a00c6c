// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeMedia
import Testing

struct ImageDecoderTests {
    @Test func `an empty file is no picture`() throws {
        #expect(throws: ColonnadeError.self) { try ImageDecoder().decode([UInt8]().span) }
    }
}
