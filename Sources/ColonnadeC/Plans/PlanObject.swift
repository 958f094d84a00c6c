// SPDX-License-Identifier: Apache-2.0

/// An object of the program that a plan needs and text cannot hold.
enum PlanObject {
    case function(ForeignFunction)
    case source(ForeignSource)
    case samples(PipelineHandle)
}
