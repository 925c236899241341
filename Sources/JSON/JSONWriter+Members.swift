/// A key and its value in one call.
extension JSONWriter {
    package mutating func member(_ name: StaticString, _ text: StaticString) {
        key(name)
        string(text)
    }

    @_disfavoredOverload
    package mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }

    @inlinable
    package mutating func member(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }

    package mutating func member(_ name: StaticString, _ value: Double) {
        key(name)
        number(value)
    }

    package mutating func member(_ name: StaticString, _ value: Double, decimals: Int) {
        key(name)
        number(value, decimals: decimals)
    }

    package mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        boolean(value)
    }

    /// A value that is JSON already.
    package mutating func member(_ name: StaticString, raw json: ArraySlice<UInt8>) {
        key(name)
        raw(json)
    }

    package mutating func member(_ name: StaticString, _ value: JSONValue) {
        key(name)
        self.value(value)
    }
}
