import Reactor

/// An open serial port: delivers received bytes, sends through a bounded queue, and reports once when the device is
/// disconnected.
@ReactorActor
package final class SerialPort: DescriptorHandler {
    package static let maximumQueuedBytes = 64 << 10
    /// Bounds the work per loop iteration, so that one busy port does not delay the others.
    private static let readLength = 16 << 10
    private static let readsPerIteration = 4

    package let path: String
    /// Whether the driver delivers bytes as they arrive instead of in batches.
    package let hasLowLatency: Bool

    private var line: SerialLine?
    private var watch: EventLoop.Watch?
    private var buffer = [UInt8](repeating: 0, count: readLength)
    private var queue: [UInt8] = []
    private let onReceive: (ArraySlice<UInt8>) -> Void
    private let onDisconnect: () -> Void

    /// Called when the queue is empty again after `send` has returned false.
    package var onDrain: (() -> Void)?
    private var wasFull = false

    /// - Parameters:
    ///   - onReceive: must not keep the slice after it returns.
    ///   - onDisconnect: called once when the device is unplugged, never after `close`.
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

    /// Changes the settings and discards bytes that were received with the old ones but not read.
    package func configure(_ settings: SerialSettings) throws(SerialError) {
        guard line != nil else { throw .gone(path: path) }
        try line?.configure(settings, path: path)
        line?.discard()
    }

    /// Sends all of the bytes or none. Returns false when the port is closed or the queue is full; in the latter case
    /// `onDrain` reports when to retry.
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
            // `onReceive` may have closed the port.
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
        // The next read reports the disconnection; bytes that arrived before it must be delivered first.
        case .wouldBlock, .disconnected: break
        }
    }

    private func handleDisconnect() {
        guard line != nil else { return }
        close()
        onDisconnect()
    }
}

/// The parameters of a serial line and the state of its control lines.
package struct SerialSettings: Hashable, Sendable {
    package enum Parity: Hashable, Sendable {
        case none, odd, even
    }

    /// DTR and RTS. On a development board they drive the reset and boot pins, so the default is released. A chip with
    /// native USB may not send anything until they are asserted.
    package enum ControlLines: Hashable, Sendable {
        case released, asserted
    }

    package var baudRate: Int
    package var dataBits = 8
    package var parity = Parity.none
    package var stopBits = 1
    /// RTS/CTS hardware flow control.
    package var flowControl = false
    package var controlLines = ControlLines.released

    package init(baudRate: Int = 115_200) {
        self.baudRate = baudRate
    }

    package static let baudRates = 50...12_000_000
}
