import Clocks
import Network
import Reactor

/// Posts a virtual phone's messages by HTTP, one after another, each over a new connection.
@ReactorActor
package final class PhoneUplink: DescriptorHandler {
    package private(set) var accepted = 0
    package private(set) var failed = 0
    /// Called with the reason when a message could not be posted.
    package var onError: (String) -> Void = { _ in }

    private let address: SocketAddress
    private let host: String
    private let path: String
    private var pending: [[UInt8]] = []
    private var socket: StreamSocket?
    private var watch: EventLoop.Watch?
    private var deadline: TimerQueue.Token?
    private var unsent: ArraySlice<UInt8> = []
    private var response: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 4_096)

    /// The maximum number of queued messages; further ones displace the oldest.
    private static let maximumPending = 16
    private static let timeout = Nanoseconds.seconds(5)
    private static let maximumResponseBytes = 64 << 10

    /// Resolving a host name blocks.
    package init(host: String, port: UInt16, path: String) throws(AddressError) {
        address = try SocketAddress(host: host, port: port)
        self.host = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        self.path = path
    }

    package func post(_ message: [UInt8]) {
        pending.append(message)
        if pending.count > Self.maximumPending {
            pending.removeFirst()
            fail("the server is too slow")
        }
        if socket == nil { sendNext() }
    }

    private func sendNext() {
        guard !pending.isEmpty else { return }
        let message = pending.removeFirst()
        let head = """
            POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Type: application/json\r\n\
            Content-Length: \(message.count)\r\nConnection: close\r\n\r\n
            """
        unsent = (Array(head.utf8) + message)[...]
        response = []
        do throws(SystemError) {
            let socket = try StreamSocket(connectingTo: address)
            watch = try EventLoop.shared.watch(socket.descriptor.number, for: .writable, handler: self)
            self.socket = consume socket
        } catch {
            return fail("\(error)")
        }
        deadline = EventLoop.shared.timers.after(Self.timeout) { [self] in finish("no answer") }
    }

    package func descriptorIsReady(_: Readiness) {
        unsent.isEmpty ? receive() : transmit()
    }

    private func transmit() {
        let count = unsent.count
        switch unsent.withUnsafeBytes({ socket?.write($0) }) {
        case .transferred(let moved): unsent = unsent.dropFirst(min(moved, count))
        case .wouldBlock, nil: return
        case .ended: return finish("the server closed the connection")
        case .failed(let code): return finish(SystemError.text(of: code))
        }
        if unsent.isEmpty, let watch { EventLoop.shared.change(watch, to: .readable) }
    }

    private func receive() {
        switch socket?.read(into: &buffer) {
        case .transferred(let count):
            response += buffer[..<count]
            if response.count > Self.maximumResponseBytes { checkResponse() }
        case .wouldBlock, nil: break
        case .ended: checkResponse()
        case .failed(let code): finish(SystemError.text(of: code))
        }
    }

    /// `HTTP/1.1 200 OK`
    private func checkResponse() {
        let line = String(decoding: response.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        let words = line.split(separator: " ")
        let isAccepted = words.count > 1 && words[0].hasPrefix("HTTP/1.") && words[1].hasPrefix("2")
        finish(isAccepted ? nil : "the server answers \"\(line.prefix(60))\"")
    }

    private func finish(_ error: String?) {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        socket = nil
        deadline.map(EventLoop.shared.timers.cancel)
        deadline = nil
        if let error { fail(error) } else { accepted += 1 }
        sendNext()
    }

    private func fail(_ reason: String) {
        failed += 1
        onError("\(host) did not accept a message: \(reason)")
    }
}
