// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

@Suite struct SchemaTests {
    @Test func `the error for a misspelt name suggests the nearest one`() throws {
        let schema = try Schema([Field("image", .uint8, [28, 28]), Field("label", .int64)])
        let error = #expect(throws: ColonnadeError.self) {
            _ = try schema.index(of: "imgae")
        }
        #expect(error?.code == .unknownKey)
        #expect(error?.message.contains("did you mean \"image\"?") == true)
    }

    @Test func `empty and repeated names are refused`() {
        for names in [["a", "a"], [""]] {
            #expect(throws: ColonnadeError.self) {
                _ = try Schema(names.map { Field($0, .int8) })
            }
        }
    }

    @Test func `types are spelt as elsewhere`() {
        #expect(Field("image", .uint8, [28, nil]).description == "image uint8[28, ?]")
        #expect(Field("name", kind: .string).description == "name string")
        #expect(DType(name: "bfloat16") == .bfloat16)
        #expect(DType(name: "float128") == nil)
    }
}
