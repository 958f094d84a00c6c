// SPDX-License-Identifier: Apache-2.0

import Testing

/// The main function of the tests on Linux, which SwiftPM finds by the name of this file. Without it, SwiftPM needs an index of all
/// sources to look for tests of XCTest, of which there are none, and an index takes a tenth of the time to compile the tests.
@main struct XCTMain {
    static func main() async {
        let arguments = CommandLine.arguments
        guard let place = arguments.firstIndex(of: "--testing-library"), place + 1 < arguments.count,
            arguments[place + 1].lowercased() == "swift-testing"
        else { return }
        await Testing.__swiftPMEntryPoint() as Never
    }
}
