import Clocks
import Glibc
import Logging
import Reactor
import Store

/// Persists known devices in the state directory on a thread of its own. While a write is in progress, only the latest
/// further contents are retained.
@ReactorActor
package final class DevicesFile {
    private let disk: DevicesFileIO
    private let worker: SerialWorker<DevicesFileIO>
    private var isBusy = false
    private var next: [UInt8]?
    private var waiting: [CheckedContinuation<SystemError?, Never>] = []
    private var waitingForNext: [CheckedContinuation<SystemError?, Never>] = []
    private var lastFailure: SystemError?

    /// Called after a failed write, so that the owner schedules a retry.
    var onWriteFailure: (() -> Void)?

    /// Attempted and failed writes.
    private(set) var writes: UInt64 = 0
    private(set) var failures: UInt64 = 0

    /// Fails only if no file descriptor is left.
    package init(directory: String) throws(SystemError) {
        let disk = DevicesFileIO(directory: directory)
        self.disk = disk
        worker = try SerialWorker("devices-write") { disk }
    }

    deinit {
        worker.finish()
    }

    /// Reads the persisted devices. An invalid file is renamed and logged.
    func read() -> [DeviceRecord] {
        do throws(SystemError) {
            guard let bytes = try disk.read() else { return [] }
            do throws(DevicesDocumentError) {
                guard bytes.count <= DevicesDocument.maximumBytes else { throw .tooLarge }
                return try DevicesDocument.records(bytes)
            } catch {
                try disk.moveAside()
                Log.error(
                    "Device file \(disk.path) is invalid (\(error)): renamed to \(disk.asidePath), starting with an "
                        + "empty device list")
            }
        } catch {
            Log.error("Cannot read the device file: \(error)")
        }
        return []
    }

    func write(_ bytes: [UInt8]) {
        guard !isBusy else { return next = bytes }
        isBusy = true
        worker.submit { [weak self] disk in
            let failure: SystemError?
            do throws(SystemError) {
                try disk.write(bytes)
                failure = nil
            } catch {
                failure = error
            }
            ReactorExecutor.shared.post { self?.writeFinished(failure) }
        }
    }

    /// Returns when everything submitted is on disk, or the error that prevents it.
    func flush() async -> SystemError? {
        guard isBusy else { return lastFailure }
        return await withCheckedContinuation { continuation in
            if next == nil { waiting.append(continuation) } else { waitingForNext.append(continuation) }
        }
    }

    private func writeFinished(_ failure: SystemError?) {
        isBusy = false
        writes += 1
        report(failure)
        let finished = waiting
        (waiting, waitingForNext) = (waitingForNext, [])
        if let next {
            self.next = nil
            write(next)
        }
        for continuation in finished { continuation.resume(returning: failure) }
    }

    /// Logs the first failure of a series and the recovery.
    private func report(_ failure: SystemError?) {
        if let failure {
            failures += 1
            if lastFailure == nil { Log.error("Cannot save known devices: \(failure)") }
        } else if lastFailure != nil {
            Log.info("Saving known devices works again")
        }
        lastFailure = failure
        if failure != nil { onWriteFailure?() }
    }
}

/// Blocking access to the device file.
struct DevicesFileIO: Sendable {
    let path: String

    init(directory: String) {
        path = directory + "/devices.json"
    }

    /// The new name of an invalid file.
    var asidePath: String { path + ".damaged" }

    /// The contents; nil if there is no file.
    func read() throws(SystemError) -> [UInt8]? {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemError("open \(path)")
        }
        defer { close(number) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        // Reads past the limit, so that the caller detects a file that is too large.
        while bytes.count <= DevicesDocument.maximumBytes {
            let count = Glibc.read(number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("reading \(path)") }
            if count == 0 { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }

    /// Replaces the file atomically: after a power failure either the old or the new file is complete.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        let new = path + ".new"
        let number = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard number >= 0 else { throw SystemError("open \(new)") }
        defer { close(number) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("writing \(new)") }
            rest = rest.dropFirst(count)
        }
        guard fsync(number) == 0 else { throw SystemError("writing \(new)") }
        guard rename(new, path) == 0 else { throw SystemError("renaming \(new)") }
        syncDirectory()
    }

    /// Renames an invalid file, so that it can be examined.
    func moveAside() throws(SystemError) {
        guard rename(path, asidePath) == 0 else { throw SystemError("renaming \(path)") }
    }

    /// Makes the rename durable. Errors are ignored: some file systems do not support this.
    private func syncDirectory() {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let number = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return }
        fsync(number)
        close(number)
    }
}
