// SPDX-License-Identifier: Apache-2.0

/// A value that never changes, kept outside of those that have it, each of which grows by a pointer only: for limits,
/// which all connections have in common, and for what few connections have at all.
final class Shared<Value: Sendable>: Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
