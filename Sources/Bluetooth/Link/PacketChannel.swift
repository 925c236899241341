import Clocks
import Glibc
import Reactor

/// The owner of a packet channel.
@ReactorActor
package protocol PacketChannelDelegate: AnyObject {
    func channelOpened()
    /// The bytes are valid only during the call.
    func channelReceived(_ packet: ArraySlice<UInt8>)
    /// The next packet to send, or nil. Call `sendPackets` when there is one later.
    func nextPacket() -> [UInt8]?
    /// Called exactly once, last.
    func channelClosed(_ error: LinkError)
}

/// A connection of packets on the event loop. Connects, delivers received packets, sends the delegate's packets, and
/// reports its end once.
///
/// The kernel reports the error of a dead socket once and then EAGAIN for ever, so the first sign of an error ends the
/// watch.
@ReactorActor
package final class PacketChannel: DescriptorHandler {
    private enum State: Equatable {
        case idle
        case connecting
        case open
        case dead
    }

    /// The longest ATT packet has 517 bytes.
    package static let maximumPacketLength = 1_024
    /// The maximum number of packets received per iteration, so that one device cannot starve the others.
    package static let packetsPerIteration = 64

    /// Packets that exceeded the maximum length.
    package private(set) var oversized = 0

    private let socket: any PacketSocket
    private let timers: TimerQueue
    private let connectTimeout: Nanoseconds
    private weak var delegate: (any PacketChannelDelegate)?
    private var state = State.idle
    private var watch: EventLoop.Watch?
    private var timeoutToken: TimerQueue.Token?
    private var unsent: [UInt8]?
    private var isWaitingToSend = false
    private var buffer: [UInt8]

    /// - Parameters:
    ///   - timeout: for the connection. The kernel's own timeout is 41 s.
    ///   - maximumLength: longer packets are dropped.
    package init(
        _ socket: any PacketSocket, delegate: any PacketChannelDelegate, timeout: Nanoseconds = .seconds(15),
        maximumLength: Int = PacketChannel.maximumPacketLength, timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.socket = socket
        self.delegate = delegate
        self.connectTimeout = timeout
        self.timers = timers
        buffer = [UInt8](repeating: 0, count: maximumLength)
    }

    /// Starts the connection. The delegate may be called before this returns.
    package func open() {
        guard state == .idle else { return }
        state = .connecting
        let code = socket.connect()
        guard code == 0 || code == EINPROGRESS else { return finish(LinkError(code, at: .connecting)) }
        do throws(SystemError) {
            watch = try EventLoop.shared.watch(
                socket.descriptor, for: code == 0 ? .readable : .writable, handler: self)
        } catch {
            return finish(.other(.connecting, error.code))
        }
        if code == 0 { return establish() }
        timeoutToken = timers.after(connectTimeout) { [weak self] in self?.finish(.noResponse) }
    }

    /// Call when the delegate has packets to send.
    package func sendPackets() {
        if state == .open, unsent == nil { flush() }
    }

    /// Closes the connection. The delegate receives `channelClosed`.
    package func close() {
        finish(.closed)
    }

    package func descriptorIsReady(_ readiness: Readiness) {
        // The delegate has been released without closing the channel.
        guard delegate != nil else { return finish(.closed) }
        if state == .connecting {
            let code = socket.pendingError()
            guard code == 0 else { return finish(LinkError(code, at: .connecting)) }
            // The link may have ended since; then the first read returns the error.
            establish()
        }
        if state == .open, !readiness.isDisjoint(with: [.readable, .gone, .peerFinished]) { receive(readiness) }
        if state == .open, readiness.contains(.writable), isWaitingToSend { flush() }
    }

    private func establish() {
        timeoutToken.map(timers.cancel)
        timeoutToken = nil
        state = .open
        watch.map { EventLoop.shared.change($0, to: .readable) }
        delegate?.channelOpened()
        sendPackets()
    }
}

extension PacketChannel {
    private func receive(_ readiness: Readiness) {
        for _ in 0..<Self.packetsPerIteration {
            switch socket.receive(into: &buffer) {
            case .transferred(let count): deliver(count)
            case .wouldBlock:
                // Hung up and drained: report the socket error, if any.
                if !readiness.isDisjoint(with: .gone) { finish(LinkError(socket.pendingError(), at: .open)) }
                return
            case .closed: return finish(LinkError(socket.pendingError(), at: .open))
            case .failed(let code): return fail(code)
            }
            guard state == .open else { return }
        }
    }

    private func deliver(_ count: Int) {
        guard count <= buffer.count else { return oversized += 1 }
        delegate?.channelReceived(buffer[..<count])
    }

    /// The kernel reports an error before it returns the packets received earlier, which may hold the last shots of a
    /// string.
    private func fail(_ code: Int32) {
        for _ in 0..<Self.packetsPerIteration {
            guard state == .open, case .transferred(let count) = socket.receive(into: &buffer) else { break }
            deliver(count)
        }
        finish(LinkError(code, at: .open))
    }

    private func flush() {
        while state == .open, let packet = unsent ?? delegate?.nextPacket() {
            unsent = nil
            switch socket.send(packet) {
            case .transferred(packet.count): continue
            case .transferred: return finish(.partialPacket)
            case .wouldBlock:
                unsent = packet
                return setWaitingToSend(true)
            case .closed: return fail(0)
            case .failed(let code):
                // ENOTCONN is not the cause; the socket error may be.
                let reason = socket.pendingError()
                return fail(reason == 0 ? code : reason)
            }
        }
        setWaitingToSend(false)
    }

    private func setWaitingToSend(_ isNeeded: Bool) {
        guard state == .open, isNeeded != isWaitingToSend else { return }
        isWaitingToSend = isNeeded
        watch.map { EventLoop.shared.change($0, to: isNeeded ? [.readable, .writable] : .readable) }
    }

    private func finish(_ error: LinkError) {
        guard state != .dead, state != .idle else { return state = .dead }
        state = .dead
        timeoutToken.map(timers.cancel)
        watch.map(EventLoop.shared.unwatch)
        (timeoutToken, watch, unsent) = (nil, nil, nil)
        delegate?.channelClosed(error)
        delegate = nil
    }
}
