// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeSystem

extension Pipelined {
    /// Adds the pixels of encoded pictures, uint8[height, width, channels]. It replaces a value of the same name. Operations on
    /// pictures that follow decide which pixels are decoded.
    ///
    /// - Parameters:
    ///   - key: the key of the value that is or names a picture file.
    ///   - outputKey: the key of the pixels.
    ///   - channels: the number of channels if all pictures have the same; nil if it varies.
    ///   - decoder: the decoder. Several threads may call it at once.
    /// - Throws: `unknownKey`.
    package func decodingPictures(
        _ key: String, as outputKey: String, channels: Int?, by decoder: any PictureDecoder
    ) throws(ColonnadeError) -> Self {
        var field = Field(outputKey, .uint8, [nil, nil, channels])
        field.channelPlace = .last
        return try adding(DecodePictures(decoder, key: key, field))
    }
}

/// Decodes pictures, and changes their pixels by operations that were written after it.
///
/// The operations decide by the size of a picture, which its header has, and only the pixels that the results need are decoded. Several
/// chains of operations on one picture share the decoded pixels.
struct DecodePictures: RowwiseTransform {
    let decoder: any PictureDecoder
    let key: String
    private let field: Field
    /// The operations for each value.
    private var chains: [PictureChain] = [PictureChain()]
    /// Whether all results of a chain have one height and width.
    private var hasOneSize: [Bool] = [false]

    init(_ decoder: any PictureDecoder, key: String, _ field: Field) {
        self.decoder = decoder
        self.key = key
        self.field = field
    }

    var keys: [String] { [key] }

    var label: String {
        let steps = chains.map { $0.names.joined(separator: ", ") }
        if chains.count > 1 {
            return "\(decoder.name)(\(key)) once: \(steps.map { $0.isEmpty ? "all" : $0 }.joined(separator: "; "))"
        }
        return "\(([decoder.name] + chains[0].names).joined(separator: ", "))(\(key))"
    }

    var detail: String? { chains.allSatisfy(\.isCropping) ? "decodes only the crop" : nil }

    /// A complete picture is decoded without entry points.
    var readsEntryPoints: Bool { decoder.readsEntryPoints && chains.allSatisfy(\.isCropping) }

    var needsIdentities: Bool { chains.contains { !$0.entries.isEmpty } }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] { [field] }

    // MARK: Fusing

    func fused(with next: any Transform) -> (any Transform)? {
        guard chains.count == 1, let chain = chains[0].appending(next) else { return nil }
        return with([chain])
    }

    /// Returns a transform with several values, each made by one of the given steps after this one; nil if there is none.
    func fused(withEach steps: [any Transform]) -> DecodePictures? {
        guard chains.count == 1 else { return nil }
        var made: [PictureChain] = []
        for step in steps {
            guard let chain = chains[0].appending(step) else { return nil }
            made.append(chain)
        }
        return with(made)
    }

    /// Returns a transform with the values of this one and then of another one, if both decode the same pictures; otherwise nil.
    func joined(with other: DecodePictures) -> DecodePictures? {
        decoder.identity.hasBytes(of: other.decoder.identity) ? with(chains + other.chains) : nil
    }

    private func with(_ chains: [PictureChain]) -> DecodePictures {
        var copy = self
        copy.chains = chains
        copy.hasOneSize = chains.map { chain in
            guard let size = (try? chain.pixels(of: field))?.pictureSize else { return false }
            return size.height != nil && size.width != nil
        }
        return copy
    }

    // MARK: Running

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        do throws(RowFailure) {
            return try apply(rows: [[values[0]]], context).map { $0[0] }
        } catch {
            throw error.error
        }
    }

    func apply(rows: [[Tensor]], _ context: StepContext) throws(RowFailure) -> [RowColumn] {
        let values = rows[0]
        var results = zip(chains, hasOneSize).map { chain, hasOneSize in
            PictureResults(of: chain, count: values.count, isUniform: hasOneSize)
        }
        var scratch = PictureScratch(from: context.pool)
        var recipes: [PictureRecipe] = []
        var counts = StepTimes.DecodedCounts()
        var meter = InterruptMeter()
        defer { context.times?.note(counts) }
        for (index, value) in values.enumerated() {
            do throws(ColonnadeError) {
                let entryPoints = context.entryPoints.isEmpty ? nil : context.entryPoints[index]
                let picture = try decoder.open(value, entryPoints: entryPoints, from: context.pool)
                try decide(&recipes, picture, context.identity(index))
                let reduction = picture.isReducible ? recipes.map(\.reduction).min() ?? 1 : 1
                if reduction > 1 {
                    let reduced = PictureReduction(picture, by: reduction)
                    for index in recipes.indices { recipes[index] = recipes[index].reduced(to: reduced) }
                }
                counts.note(try run(recipes, picture, reduction, &results, &scratch), reduction, of: picture)
                try meter.advance(by: picture.height * picture.width * picture.channels)
            } catch {
                throw RowFailure(index: index, error: error)
            }
        }
        return results.map(\.finished)
    }

    /// Replaces the recipes by those of a picture, one for each chain.
    private func decide(
        _ recipes: inout [PictureRecipe], _ picture: EncodedPicture, _ identity: (row: Int, epoch: Int)
    ) throws(ColonnadeError) {
        recipes.removeAll(keepingCapacity: true)
        for chain in chains {
            do throws(ColonnadeError) {
                recipes.append(try chain.recipe(for: PictureShape(picture), identity.row, identity.epoch))
            } catch {
                // An operation names the key of the pixels, and not that of the file.
                var error = error
                if error.place == nil { error.place = .sample(row: identity.row, key: chain.entries.first?.key) }
                throw error
            }
        }
    }

    /// Computes the results of a picture. Returns the decoded part.
    private func run(
        _ recipes: [PictureRecipe], _ picture: EncodedPicture, _ reduction: Int, _ results: inout [PictureResults],
        _ scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart {
        if chains.count == 1, chains[0].finish.isEmpty, recipes[0].last == nil, !hasOneSize[0] {
            var kept = PictureScratch(from: scratch.pool)
            let part = try decoder.decode(picture, picture.whole, reducedBy: 1, in: &kept)
            results[0].append(part.tensor)
            return part
        }
        var region = recipes[0].sourceRegion
        for recipe in recipes.dropFirst() { region = region.union(recipe.sourceRegion) }
        let part = try decoder.decode(picture, region, reducedBy: reduction, in: &scratch)
        for (index, recipe) in recipes.enumerated() {
            try unsafe results[index].append(recipe, .uint8, in: &scratch) {
                (memory, conversion, scratch) throws(ColonnadeError) in
                try unsafe recipe.run(part, to: memory, conversion, in: &scratch)
            }
        }
        return part
    }
}
