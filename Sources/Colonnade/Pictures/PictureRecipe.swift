// SPDX-License-Identifier: Apache-2.0

/// The works that change one picture, in order. Neighbours that can be one work are one.
struct PictureRecipe: Equatable, Sendable {
    private(set) var source: PictureShape
    /// The shape of the result.
    private(set) var result: PictureShape
    private(set) var earlier: [PictureWork] = []
    /// The last work; nil if the picture does not change.
    private(set) var last: PictureWork?
    /// The shape of the source of the last work.
    private(set) var lastSource: PictureShape

    init(_ shape: PictureShape) {
        source = shape
        result = shape
        lastSource = shape
    }

    mutating func append(_ work: PictureWork) {
        let size = work.result(of: result)
        defer { result = size }
        guard let last else {
            self.last = work
            return
        }
        if let combined = last.combined(with: work, of: lastSource) {
            self.last = combined
            return
        }
        guard let (narrow, next) = last.narrowed(for: work) else {
            earlier.append(last)
            lastSource = result
            self.last = work
            return
        }
        // The narrow part may lie inside of the picture where the complete one did not.
        if let combined = narrow.combined(with: next, of: lastSource) {
            self.last = combined
        } else {
            earlier.append(narrow)
            lastSource = narrow.result(of: lastSource)
            self.last = next
        }
    }

    /// The largest of the factors 8, 4 and 2 by which the picture can be reduced before its size is changed anyway; 1 if there is none.
    var reduction: Int {
        guard case .resize(let resize) = earlier.first ?? last else { return 1 }
        return resize.reduction
    }

    /// Returns the works for a reduced picture.
    func reduced(to reduction: PictureReduction) -> PictureRecipe {
        guard case .resize(let resize) = earlier.first ?? last else { return self }
        var copy = self
        copy.source = source.resized(width: reduction.width, height: reduction.height)
        if earlier.isEmpty {
            copy.last = .resize(resize.reduced(to: reduction))
            copy.lastSource = copy.source
        } else {
            copy.earlier[0] = .resize(resize.reduced(to: reduction))
        }
        return copy
    }

    /// The pixels of the source that the result depends on: at least one.
    var sourceRegion: PictureRegion { (earlier.first ?? last)?.source(in: source) ?? source.whole }
}
