import Reactor

/// An open serial port: bytes in as they come, bytes out through a bounded queue, and one word when it is over.
@ReactorActor
package final class SerialPort: DescriptorHandler {
    /// What may wait to be sent; a device that takes no more is asked to later.
    package static let mostQueued = 64 << 10
    /// What is taken in one call, and how many calls in one turn of the loop: a flood must not keep the others waiting.
    private static let readLength = 16 << 10
    private static let readsInOneTurn = 4

    package let path: String
    /// Whether the driver hands over bytes as they come.
    package let hasLowLatency: Bool

    private var line: SerialLine?
    private var watch: EventLoop.Watch?
    private var buffer = [UInt8](repeating: 0, count: readLength)
    private var queue: [UInt8] = []
    private let received: (ArraySlice<UInt8>) -> Void
    private let gone: () -> Void

    /// Told when a queue that was too full for somebody is empty again.
    package var drained: (() -> Void)?
    private var wasFull = false

    /// `received` is lent the bytes as long as it runs. `gone` is told once, when the device was pulled out; never after
    /// `close`.
    package convenience init(
        opening path: String, _ settings: SerialSettings, received: @escaping @ReactorActor (ArraySlice<UInt8>) -> Void,
        gone: @escaping @ReactorActor () -> Void
    ) throws(SerialError) {
        try self.init(opening: path, settings, calls: .kernel, received: received, gone: gone)
    }

    init(
        opening path: String, _ settings: SerialSettings, calls: SerialCalls,
        received: @escaping @ReactorActor (ArraySlice<UInt8>) -> Void, gone: @escaping @ReactorActor () -> Void
    ) throws(SerialError) {
        self.path = path
        self.received = received
        self.gone = gone
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
        guard queue.count + bytes.count <= Self.mostQueued else {
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
        watch.map(EventLoop.shared.end)
        watch = nil
        line?.letGo()
        line = nil
        queue.removeAll()
    }

    package func descriptorIsReady(_ readiness: Readiness) {
        if readiness.contains(.writable), !queue.isEmpty {
            sendQueue()
            if queue.isEmpty, let watch { EventLoop.shared.change(watch, to: .readable) }
        }
        for _ in 0..<Self.readsInOneTurn {
            // The port may have been closed by whoever took the bytes.
            guard let outcome = line?.read(into: &buffer) else { return }
            switch outcome {
            case .moved(let count):
                received(buffer[..<count])
                if count < buffer.count, readiness.isDisjoint(with: .gone) { return }
            case .wouldBlock: return
            case .gone: return end()
            }
        }
    }

    private func sendQueue() {
        guard let outcome = queue.withUnsafeBytes({ line?.write($0) }) else { return }
        switch outcome {
        case .moved(let count):
            queue.removeFirst(count)
            if queue.isEmpty, wasFull {
                wasFull = false
                drained?()
            }
        // That it is gone the next read will say, and only that.
        case .wouldBlock, .gone: break
        }
    }

    private func end() {
        guard line != nil else { return }
        close()
        gone()
    }
}
