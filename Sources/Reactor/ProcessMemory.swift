import CLinux
import Clocks
import Glibc

/// The memory of the process.
package enum ProcessMemory {
    /// The size of the resident memory.
    package static var residentBytes: Int {
        var buffer = [UInt8](repeating: 0, count: 128)
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        let count = read(descriptor, &buffer, buffer.count)
        let fields = buffer.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The bytes of the heap that are free, whether or not they have been returned to the system.
    static var freeHeapBytes: Int { Int(linux_free_heap_bytes()) }

    /// Keeps a few megabytes of free heap memory until `releaseFree`. The C library would return it after each burst of messages
    /// and fetch it again, page by page.
    static func keepFree() { linux_keep_free_memory() }

    /// Returns free heap memory to the system. It takes milliseconds when there is much of it.
    static func releaseFree() { linux_release_free_memory() }
}

/// Returns free memory to the system some time after a burst.
@ReactorActor
package final class MemoryReleaser {
    private let timers: TimerQueue
    private var rule = MemoryReleaseRule(resident: ProcessMemory.residentBytes)
    private static let interval = Nanoseconds.seconds(10)

    package init(timers: TimerQueue = EventLoop.shared.timers) {
        self.timers = timers
    }

    package func start() {
        ProcessMemory.keepFree()
        schedule()
    }

    private func schedule() {
        timers.after(Self.interval) { [weak self] in
            self?.releaseIfDue()
            self?.schedule()
        }
    }

    private func releaseIfDue() {
        guard rule.mustRelease(resident: ProcessMemory.residentBytes, free: { ProcessMemory.freeHeapBytes }) else {
            return
        }
        ProcessMemory.releaseFree()
        rule.released(resident: ProcessMemory.residentBytes)
    }
}

/// Decides when free memory is returned: when the process has grown, and much of its heap is free.
package struct MemoryReleaseRule {
    /// Less is not worth the time.
    static let threshold = 1 << 20

    /// The least since the last time.
    private var residentBefore: Int

    package init(resident: Int) {
        residentBefore = resident
    }

    /// - Parameter free: free bytes of the heap; counting them takes time.
    package mutating func mustRelease(resident: Int, free: () -> Int) -> Bool {
        residentBefore = min(resident, residentBefore)
        return resident > residentBefore + Self.threshold && free() > Self.threshold
    }

    package mutating func released(resident: Int) {
        residentBefore = resident
    }
}
