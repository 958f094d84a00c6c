// SPDX-License-Identifier: Apache-2.0

@_exported public import ColonnadeCore
@_exported public import ColonnadeFormat
@_exported public import ColonnadeStore
