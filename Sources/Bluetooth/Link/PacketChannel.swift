import Clocks
import Glibc
import Reactor

/// Whoever speaks over a packet channel.
@ReactorActor
package protocol PacketChannelDelegate: AnyObject {
    func channelOpened()
    /// The bytes are the channel's, and will be overwritten.
    func channelReceived(_ packet: ArraySlice<UInt8>)
    /// What to send now; nil when there is nothing. Whoever has something later calls `packetsWait`.
    func nextPacket() -> [UInt8]?
    /// Told exactly once, and nothing else after it.
    func channelClosed(_ loss: LinkError)
}

/// One connection whose messages are packets, on the loop: connects, gives what comes, fetches what goes, and fails once.
///
/// It is the transport below ATT and knows nothing of it. A dead socket of the kernel reports its error once and then says
/// for ever that it would block; so whatever is noticed first ends the watch.
@ReactorActor
package final class PacketChannel: DescriptorHandler {
    private enum State: Equatable {
        case idle
        case connecting
        case open
        case dead
    }

    /// The longest packet of the Attribute Protocol has 517 bytes.
    package static let maximumPacketLength = 1_024
    /// Packets taken in one turn, so that one device cannot keep the others waiting.
    package static let packetsPerIteration = 64

    /// Packets that were too long to be any of ours.
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
    ///   - patience: for a connection. The kernel alone would wait for forty-one seconds.
    ///   - longest: what is longer than this is not read.
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

    /// Begins. The owner may be told of the outcome before this returns.
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

    /// The owner has something to send.
    package func sendPackets() {
        if state == .open, unsent == nil { flush() }
    }

    /// Gives the connection up; the owner is told that it is closed.
    package func close() {
        finish(.closed)
    }

    package func descriptorIsReady(_ readiness: Readiness) {
        // Whoever has forgotten to close it has no use for what comes.
        guard delegate != nil else { return finish(.closed) }
        if state == .connecting {
            let code = socket.pendingError()
            guard code == 0 else { return finish(LinkError(code, at: .connecting)) }
            // Connected, though the link may have died since: then the first read says why.
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

/// Packets.
extension PacketChannel {
    private func receive(_ readiness: Readiness) {
        for _ in 0..<Self.packetsPerIteration {
            switch socket.receive(into: &buffer) {
            case .transferred(let count): deliver(count)
            case .wouldBlock:
                // Gone, and nothing left to be read: the error is the socket's, if it has one.
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

    /// The kernel reports an error before it gives what had come until then. The last shots of a string may be there.
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
                // That it is not connected is no reason, but the socket may know one.
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

    private func finish(_ loss: LinkError) {
        guard state != .dead, state != .idle else { return state = .dead }
        state = .dead
        timeoutToken.map(timers.cancel)
        watch.map(EventLoop.shared.unwatch)
        (timeoutToken, watch, unsent) = (nil, nil, nil)
        delegate?.channelClosed(loss)
        delegate = nil
    }
}
