// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

func table(_ columns: ArrowData...) -> ArrowData { .structure(columns) }

func failure(
    _ batches: ArrowData..., configure: (inout ArrowOptions) -> Void = { _ in }
) -> ColonnadeError? {
    let producer = ArrowProducer(batches)
    let error = #expect(throws: ColonnadeError.self) { try exhaust(try producer.source(configure)) }
    #expect(producer.ledger.streams == 1 && producer.ledger.arrays == producer.ledger.exported)
    return error
}

func source(
    _ batches: ArrowData..., features: String? = nil, configure: (inout ArrowOptions) -> Void = { _ in }
) throws -> ArrowStreamSource {
    let tables = batches.map { batch in
        ArrowData.structure([batch.named("x")]).with {
            if let features { $0.metadata = [("huggingface", Array(#"{"info":{"features":\#(features)}}"#.utf8))] }
        }
    }
    return try ArrowProducer(tables).source(configure)
}
