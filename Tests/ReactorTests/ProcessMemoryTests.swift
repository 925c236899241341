import TestSupport
import Testing

@testable import Reactor

@Suite("Memory") struct ProcessMemoryTests {
    @Test("free memory is returned when the process has grown and its heap is largely free, once")
    func rule() {
        let mebibyte = 1 << 20
        var rule = MemoryReleaseRule(resident: 12 * mebibyte)
        func mustRelease(_ resident: Int, free: Int) -> Bool {
            rule.mustRelease(resident: resident * mebibyte) { free * mebibyte }
        }
        let before = [mustRelease(13, free: 40), mustRelease(60, free: 1), mustRelease(10, free: 1)]
        #expect(before == [false, false, false])
        let grown = [mustRelease(12, free: 2), mustRelease(60, free: 40)]
        #expect(grown == [true, true])
        rule.released(resident: 20 * mebibyte)
        // The heap still counts what was returned as free.
        let after = [mustRelease(21, free: 40), mustRelease(22, free: 40)]
        #expect(after == [false, true])
    }

    @Test(
        "memory that was freed leaves the process",
        .enabled(if: !AddressSanitizer.isActive, "the sanitizer has a heap of its own"))
    @ReactorActor
    func release() {
        var blocks = (0..<400).map { _ in [UInt8](repeating: 1, count: 100_000) }
        let held = ProcessMemory.residentBytes
        // The last block keeps the end of the heap in use.
        blocks.removeFirst(399)
        #expect(ProcessMemory.freeHeapBytes > 20 << 20)
        ProcessMemory.releaseFree()
        #expect(ProcessMemory.residentBytes < held - 20 << 20)
        #expect(blocks.count == 1)
    }
}
