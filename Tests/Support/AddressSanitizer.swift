import Glibc

/// The address sanitizer, with which `tools/sanitize` builds the tests.
package enum AddressSanitizer {
    package static let isActive = dlsym(nil, "__asan_init") != nil

    /// Whether Foundation's `Process` works: under the sanitizer it stops the program that uses it.
    package static let allowsProcesses = !isActive
}
