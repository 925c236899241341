import Clocks
import Glibc
import Metrics
import Network
import Reactor
import Testing

@testable import Web

/// A client connected to a server in the same process by a socket pair, with the clock of the test.
@ReactorActor
final class TestClient: DescriptorHandler {
    fileprivate let descriptor: OwnedDescriptor
    private var watch: EventLoop.Watch?
    private var waiting: CheckedContinuation<Void, Never>?
    private(set) var received: [UInt8] = []
    private(set) var hasEnded = false
    /// A client that does not read.
    var isStalled = false {
        didSet { if let watch { EventLoop.shared.change(watch, to: isStalled ? [] : .readable) } }
    }

    /// Connects to the server; `roomBytes` is about how much the kernel buffers for a client that does not read.
    init(to server: WebServer, roomBytes: Int32 = 8_192, from host: String = "127.0.0.1") throws {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemError("socketpair") }
        for end in ends {
            var room = roomBytes
            setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout.size(ofValue: room)))
        }
        descriptor = OwnedDescriptor(adopting: ends[0])
        watch = try EventLoop.shared.watch(ends[0], for: .readable, handler: self)
        server.serve(StreamSocket(accepted: ends[1], from: try SocketAddress(host: host, port: 1)))
    }

    var text: String { String(decoding: received, as: UTF8.self) }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        #expect(write(descriptor.number, bytes, bytes.count) == bytes.count)
    }

    func finishSending() { shutdown(descriptor.number, Int32(SHUT_WR)) }

    func end() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        shutdown(descriptor.number, Int32(SHUT_RDWR))
    }

    /// Waits until the condition holds for the received bytes, or the server has ended the connection.
    func wait(until condition: @ReactorActor (TestClient) -> Bool) async {
        while !condition(self), !hasEnded {
            await withCheckedContinuation { waiting = $0 }
        }
    }

    func waitForText(_ part: String) async {
        await wait { $0.text.contains(part) }
        #expect(text.contains(part))
    }

    func waitForEnd() async { await wait { _ in false } }

    func clearReceived() { received = [] }

    /// For a stalled client: reads the available bytes, and waits until the server has sent more.
    func readOnce() async {
        while !hasInput { await Self.waitForIteration() }
        descriptorIsReady(.readable)
        while !hasInput { await Self.waitForIteration() }
    }

    /// Waits until the server has read everything that was sent. How many iterations this takes depends on the other tests
    /// that use the loop.
    func waitUntilRead() async {
        var unread: Int32 = 0
        // SIOCOUTQ: the bytes that the peer has not read.
        while ioctl(descriptor.number, UInt(TIOCOUTQ), &unread) == 0, unread > 0 { await Self.waitForIteration() }
    }

    /// Whether bytes or the end of the stream can be read.
    private var hasInput: Bool {
        var byte: UInt8 = 0
        return hasEnded || recv(descriptor.number, &byte, 1, Int32(MSG_PEEK)) >= 0 || errno != EAGAIN
    }

    func descriptorIsReady(_: Readiness) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor.number, &buffer, buffer.count)
        if count > 0 {
            received += buffer.prefix(count)
        } else if count == 0 || errno != EAGAIN {
            hasEnded = true
            end()
        }
        waiting?.resume()
        waiting = nil
    }

    /// Returns after at least one more complete loop iteration.
    static func waitForIteration() async {
        await withCheckedContinuation { continuation in
            EventLoop.shared.timers.after(.zero) { ReactorExecutor.shared.post { continuation.resume() } }
        }
    }
}

extension TestClient {
    /// Opens a WebSocket and discards the response head.
    func upgrade(path: String = "/", extensions: String? = nil) async {
        send(
            "GET \(path) HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + (extensions.map { "Sec-WebSocket-Extensions: \($0)\r\n" } ?? "") + "\r\n")
        await waitForText("\r\n\r\n")
        #expect(text.hasPrefix("HTTP/1.1 101 "))
        clearReceived()
    }

    func sendFrame(_ opcode: WebSocketOpcode, _ payload: String) {
        var bytes: [UInt8] = []
        WebSocketFrame.append(opcode, Array(payload.utf8), mask: WebSocketMask(key: 0x0102_0304), to: &bytes)
        send(bytes)
    }

    /// The complete frames received so far.
    var frames: [(opcode: WebSocketOpcode, payload: [UInt8])] {
        var decoder = WebSocketFrameDecoder(expectsMask: false, allowsCompression: true)
        var input = received[...]
        var frames: [(opcode: WebSocketOpcode, payload: [UInt8])] = []
        var frame = (opcode: WebSocketOpcode.text, payload: [UInt8]())
        while let event = try? decoder.next(&input) {
            switch event {
            case .header(let header): frame = (header.opcode, [])
            case .payload(let piece, _): frame.payload += piece
            case .end: frames.append(frame)
            }
        }
        return frames
    }

    var texts: [String] {
        frames.filter { $0.opcode == .text }.map { String(decoding: $0.payload, as: UTF8.self) }
    }

    /// The code of the close frame, if one was received.
    var closeCode: Int? {
        guard let payload = frames.first(where: { $0.opcode == .close })?.payload, payload.count >= 2 else {
            return nil
        }
        return Int(payload[0]) << 8 | Int(payload[1])
    }
}

extension TestClient {
    /// False if the kernel's buffer is full, which means that the server does not read.
    func trySend(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return write(descriptor.number, bytes, bytes.count) == bytes.count
    }
}

extension String {
    /// How often `part` occurs in the text.
    func occurrences(of part: String) -> Int {
        var count = 0
        var rest = utf8[...]
        while let found = rest.firstRange(of: part.utf8) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }
}
