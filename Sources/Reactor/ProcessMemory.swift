import CLinux

/// The memory of the process.
package enum ProcessMemory {
    /// Returns free heap memory to the system. It takes milliseconds when there is much of it.
    package static func releaseFree() {
        linux_release_free_memory()
    }
}
