import Clocks
import Logging
import Reactor
import Store

/// Keeps known devices in the state directory. What is to be written is written by a thread of its own, one file after
/// the other; what comes while the disk is busy is written together.
@ReactorActor
package final class DevicesFile {
    private let disk: DevicesFileIO
    private let worker: SerialWorker<DevicesFileIO>
    private var isBusy = false
    private var next: [UInt8]?
    private var waiting: [CheckedContinuation<SystemError?, Never>] = []
    private var waitingForNext: [CheckedContinuation<SystemError?, Never>] = []
    private var lastFailure: SystemError?

    /// Told when something could not be written, so that it is tried again some day.
    var onWriteFailure: (() -> Void)?

    /// How often a file was written, and how often that failed.
    private(set) var writes: UInt64 = 0
    private(set) var failures: UInt64 = 0

    /// Fails only if the machine has no descriptors left.
    package init(directory: String) throws(SystemError) {
        let disk = DevicesFileIO(directory: directory)
        self.disk = disk
        worker = try SerialWorker("devices-write") { disk }
    }

    deinit {
        worker.finish()
    }

    /// What was written down before. What nobody understands is kept aside, and said.
    func read() -> [DeviceRecord] {
        do throws(SystemError) {
            guard let bytes = try disk.read() else { return [] }
            do throws(DevicesDocumentError) {
                guard bytes.count <= DevicesDocument.maximumBytes else { throw .tooLarge }
                return try DevicesDocument.records(bytes)
            } catch {
                try disk.moveAside()
                Log.error(
                    "The known devices in \(disk.path) are not understood: \(error). They are kept as "
                        + "\(disk.asidePath), and the list begins anew")
            }
        } catch {
            Log.error("Known devices cannot be read: \(error)")
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

    /// Returns when everything that was to be written is on the disk, or why it is not.
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
        let told = waiting
        (waiting, waitingForNext) = (waitingForNext, [])
        if let next {
            self.next = nil
            write(next)
        }
        for continuation in told { continuation.resume(returning: failure) }
    }

    /// Said once, and once more when it is over.
    private func report(_ failure: SystemError?) {
        if let failure {
            failures += 1
            if lastFailure == nil { Log.error("Known devices cannot be written down: \(failure)") }
        } else if lastFailure != nil {
            Log.info("Known devices are written down again")
        }
        lastFailure = failure
        if failure != nil { onWriteFailure?() }
    }
}
