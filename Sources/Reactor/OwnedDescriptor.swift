import CLinux

/// A descriptor with exactly one owner: it is closed when the owner lets go of it, and cannot be closed twice.
package struct OwnedDescriptor: ~Copyable {
    package let number: Int32

    /// Takes over what a system call returned; `call` names it for the error.
    package init(_ number: Int32, from call: @autoclosure () -> String) throws(SystemError) {
        guard number >= 0 else { throw SystemError(call()) }
        self.number = number
    }

    /// Takes over a descriptor that is known to be open.
    package init(adopting number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}
