import Reactor

/// An open serial port: bytes in as they come, bytes out through a bounded queue, and one word when it is over.
@ReactorActor
package final class SerialPort: DescriptorHandler {
    /// What may wait to be sent; a device that takes no more is asked to later.
    package static let maximumQueuedBytes = 64 << 10
    /// What is taken in one call, and how many calls in one turn of the loop: a flood must not keep the others waiting.
    private static let readLength = 16 << 10
    private static let readsPerIteration = 4

    package let path: String
    /// Whether the driver hands over bytes as they come.
    package let hasLowLatency: Bool

    private var line: SerialLine?
    private var watch: EventLoop.Watch?
    private var buffer = [UInt8](repeating: 0, count: readLength)
    private var queue: [UInt8] = []
    private let onReceive: (ArraySlice<UInt8>) -> Void
    private let onDisconnect: () -> Void

    /// Told when a queue that was too full for somebody is empty again.
    package var onDrain: (() -> Void)?
    private var wasFull = false

    /// `received` is lent the bytes as long as it runs. `gone` is told once, when the device was pulled out; never after
    /// `close`.
    package convenience init(
        opening path: String, _ settings: SerialSettings,
        onReceive: @escaping @ReactorActor (ArraySlice<UInt8>) -> Void,
        onDisconnect: @escaping @ReactorActor () -> Void
    ) throws(SerialError) {
        try self.init(opening: path, settings, calls: .kernel, onReceive: onReceive, onDisconnect: onDisconnect)
    }

    init(
        opening path: String, _ settings: SerialSettings, calls: SerialSystemCalls,
        onReceive: @escaping @ReactorActor (ArraySlice<UInt8>) -> Void, onDisconnect: @escaping @ReactorActor () -> Void
    ) throws(SerialError) {
        self.path = path
        self.onReceive = onReceive
        self.onDisconnect = onDisconnect
        let line = try SerialLine.open(path, settings, calls: calls)
        let hasLowLatency = line.lowerLatency()
        self.hasLowLatency = LatencyTimer.shorten(for: path) || hasLowLatency
        let number = line.descriptor.number
        self.line = consume line
        do throws(SystemError) {
            watch = try EventLoop.shared.watch(number, for: .readable, handler: self)
        } catch {
            throw .failed(path: path, error)
        }
    }

    package var isOpen: Bool { line != nil }
    package var queuedByteCount: Int { queue.count }

    /// Goes on with other settings. What came in at the old ones and was not read is forgotten.
    package func configure(_ settings: SerialSettings) throws(SerialError) {
        guard line != nil else { throw .gone(path: path) }
        try line?.configure(settings, path: path)
        line?.discard()
    }

    /// Sends the bytes, all of them or none. False when the port is closed, or when too much is waiting already:
    /// `drained` says then when to try again.
    package func send(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard line != nil else { return false }
        guard queue.count + bytes.count <= Self.maximumQueuedBytes else {
            wasFull = true
            return false
        }
        let wasIdle = queue.isEmpty
        queue += bytes
        if wasIdle {
            sendQueue()
            if !queue.isEmpty, let watch { EventLoop.shared.change(watch, to: [.readable, .writable]) }
        }
        return true
    }

    package func close() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        line?.prepareToClose()
        line = nil
        queue.removeAll()
    }

    package func descriptorIsReady(_ readiness: Readiness) {
        if readiness.contains(.writable), !queue.isEmpty {
            sendQueue()
            if queue.isEmpty, let watch { EventLoop.shared.change(watch, to: .readable) }
        }
        for _ in 0..<Self.readsPerIteration {
            // The port may have been closed by whoever took the bytes.
            guard let outcome = line?.read(into: &buffer) else { return }
            switch outcome {
            case .transferred(let count):
                onReceive(buffer[..<count])
                if count < buffer.count, readiness.isDisjoint(with: .gone) { return }
            case .wouldBlock: return
            case .disconnected: return handleDisconnect()
            }
        }
    }

    private func sendQueue() {
        guard let outcome = queue.withUnsafeBytes({ line?.write($0) }) else { return }
        switch outcome {
        case .transferred(let count):
            queue.removeFirst(count)
            if queue.isEmpty, wasFull {
                wasFull = false
                onDrain?()
            }
        // That it is gone the next read will say, and only that.
        case .wouldBlock, .disconnected: break
        }
    }

    private func handleDisconnect() {
        guard line != nil else { return }
        close()
        onDisconnect()
    }
}
