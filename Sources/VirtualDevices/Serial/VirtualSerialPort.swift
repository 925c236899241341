import CLinux
import Glibc
import Reactor

/// The device side of a serial line: a pseudo terminal, whose other end can be opened like a serial port.
///
/// Bytes that do not fit into the kernel's buffer are lost, as on a real line.
@ReactorActor
package final class VirtualSerialPort: DescriptorHandler {
    /// The path of the port.
    package let path: String
    /// Called with bytes written to the port.
    package var onReceive: ((ArraySlice<UInt8>) -> Void)?
    package private(set) var lostBytes = 0

    private var controller: OwnedDescriptor?
    /// A second descriptor of the port: without any open one, the controlling end would report a permanent hang-up.
    private var peer: OwnedDescriptor?
    private var watch: EventLoop.Watch?
    private var buffer = [UInt8](repeating: 0, count: 4_096)

    package init() throws(SystemError) {
        var name = [CChar](repeating: 0, count: 128)
        let number = linux_open_pseudo_terminal(&name, name.count)
        let controller = try OwnedDescriptor(number, from: "posix_openpt")
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let peer = try OwnedDescriptor(open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), from: "open \(path)")
        // Raw mode: otherwise the terminal echoes input to the device.
        guard linux_serial_configure(peer.number, 115_200, 8, 0, 1, 0) == 0 else {
            throw SystemError("TCSETS2 on \(path)")
        }
        self.controller = consume controller
        self.peer = consume peer
        watch = try EventLoop.shared.watch(number, for: .readable, handler: self)
    }

    /// The baud rate that the program on the port has set.
    package var baudRate: Int? {
        (peer?.number).map { Int(linux_serial_baud_rate($0)) }
    }

    /// While paused, the device does not read from the line.
    package var isPaused = false {
        didSet {
            guard let watch else { return }
            EventLoop.shared.change(watch, to: isPaused ? [] : .readable)
        }
    }

    /// Returns whether all bytes were sent.
    @discardableResult
    package func send(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let number = controller?.number else { return false }
        let sent = max(0, bytes.withUnsafeBytes { write(number, $0.baseAddress, $0.count) })
        lostBytes += bytes.count - sent
        return sent == bytes.count
    }

    /// Waits until what was sent can be read from the port: the kernel delivers it in its own time.
    package func waitForDelivery() {
        guard let number = peer?.number else { return }
        var request = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        poll(&request, 1, -1)
    }

    package func unplug() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        controller = nil
        peer = nil
    }

    package func descriptorIsReady(_: Readiness) {
        guard let number = controller?.number else { return }
        let count = buffer.withUnsafeMutableBytes { read(number, $0.baseAddress, $0.count) }
        if count > 0 { onReceive?(buffer[..<count]) }
    }
}
