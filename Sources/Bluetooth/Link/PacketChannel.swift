import Clocks
import Glibc
import Reactor

/// Whoever speaks over a packet channel.
@ReactorActor
package protocol PacketChannelOwner: AnyObject {
    func channelOpened()
    /// The bytes are the channel's, and will be overwritten.
    func channelReceived(_ packet: ArraySlice<UInt8>)
    /// What to send now; nil when there is nothing. Whoever has something later calls `packetsWait`.
    func nextPacket() -> [UInt8]?
    /// Told exactly once, and nothing else after it.
    func channelLost(_ loss: LinkLoss)
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
    package static let longestPacket = 1_024
    /// Packets taken in one turn, so that one device cannot keep the others waiting.
    package static let packetsPerTurn = 64

    /// Packets that were too long to be any of ours.
    package private(set) var oversized = 0

    private let socket: any PacketSocket
    private let timers: TimerQueue
    private let patience: Nanoseconds
    private weak var owner: (any PacketChannelOwner)?
    private var state = State.idle
    private var watch: EventLoop.Watch?
    private var timeout: TimerQueue.Token?
    private var unsent: [UInt8]?
    private var waitsForRoom = false
    private var buffer: [UInt8]

    /// - Parameters:
    ///   - patience: for a connection. The kernel alone would wait for forty-one seconds.
    ///   - longest: what is longer than this is not read.
    package init(
        _ socket: any PacketSocket, owner: any PacketChannelOwner, patience: Nanoseconds = .seconds(15),
        longest: Int = PacketChannel.longestPacket, timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.socket = socket
        self.owner = owner
        self.patience = patience
        self.timers = timers
        buffer = [UInt8](repeating: 0, count: longest)
    }

    /// Begins. The owner may be told of the outcome before this returns.
    package func open() {
        guard state == .idle else { return }
        state = .connecting
        let code = socket.connect()
        guard code == 0 || code == EINPROGRESS else { return die(LinkLoss(code, at: .connecting)) }
        do throws(SystemError) {
            watch = try EventLoop.shared.watch(
                socket.descriptor, for: code == 0 ? .readable : .writable, handler: self)
        } catch {
            return die(.other(.connecting, error.code))
        }
        if code == 0 { return establish() }
        timeout = timers.after(patience) { [weak self] in self?.die(.notAnswering) }
    }

    /// The owner has something to send.
    package func packetsWait() {
        if state == .open, unsent == nil { flush() }
    }

    /// Gives the connection up; the owner is told that it is closed.
    package func close() {
        die(.closed)
    }

    package func descriptorIsReady(_ readiness: Readiness) {
        // Whoever has forgotten to close it has no use for what comes.
        guard owner != nil else { return die(.closed) }
        if state == .connecting {
            let code = socket.pendingError()
            guard code == 0 else { return die(LinkLoss(code, at: .connecting)) }
            // Connected, though the link may have died since: then the first read says why.
            establish()
        }
        if state == .open, !readiness.isDisjoint(with: [.readable, .gone, .peerFinished]) { receive(readiness) }
        if state == .open, readiness.contains(.writable), waitsForRoom { flush() }
    }

    private func establish() {
        timeout.map(timers.cancel)
        timeout = nil
        state = .open
        watch.map { EventLoop.shared.change($0, to: .readable) }
        owner?.channelOpened()
        packetsWait()
    }
}

/// Packets.
extension PacketChannel {
    private func receive(_ readiness: Readiness) {
        for _ in 0..<Self.packetsPerTurn {
            switch socket.receive(into: &buffer) {
            case .moved(let count): deliver(count)
            case .wouldBlock:
                // Gone, and nothing left to be read: the error is the socket's, if it has one.
                if !readiness.isDisjoint(with: .gone) { die(LinkLoss(socket.pendingError(), at: .open)) }
                return
            case .ended: return die(LinkLoss(socket.pendingError(), at: .open))
            case .failed(let code): return fail(code)
            }
            guard state == .open else { return }
        }
    }

    private func deliver(_ count: Int) {
        guard count <= buffer.count else { return oversized += 1 }
        owner?.channelReceived(buffer[..<count])
    }

    /// The kernel reports an error before it gives what had come until then. The last shots of a string may be there.
    private func fail(_ code: Int32) {
        for _ in 0..<Self.packetsPerTurn {
            guard state == .open, case .moved(let count) = socket.receive(into: &buffer) else { break }
            deliver(count)
        }
        die(LinkLoss(code, at: .open))
    }

    private func flush() {
        while state == .open, let packet = unsent ?? owner?.nextPacket() {
            unsent = nil
            switch socket.send(packet) {
            case .moved(packet.count): continue
            case .moved: return die(.cutOff)
            case .wouldBlock:
                unsent = packet
                return wait(forRoom: true)
            case .ended: return fail(0)
            case .failed(let code):
                // That it is not connected is no reason, but the socket may know one.
                let reason = socket.pendingError()
                return fail(reason == 0 ? code : reason)
            }
        }
        wait(forRoom: false)
    }

    private func wait(forRoom isNeeded: Bool) {
        guard state == .open, isNeeded != waitsForRoom else { return }
        waitsForRoom = isNeeded
        watch.map { EventLoop.shared.change($0, to: isNeeded ? [.readable, .writable] : .readable) }
    }

    private func die(_ loss: LinkLoss) {
        guard state != .dead, state != .idle else { return state = .dead }
        state = .dead
        timeout.map(timers.cancel)
        watch.map(EventLoop.shared.end)
        (timeout, watch, unsent) = (nil, nil, nil)
        owner?.channelLost(loss)
        owner = nil
    }
}
