import Clocks
import Devices
import Reactor

/// Virtual devices on virtual serial ports, which send in real time.
@ReactorActor
package final class SerialSimulation {
    /// A device and its port.
    package struct SimulatedPort {
        /// A name that identifies the device.
        package let name: String
        package let path: String
        fileprivate let port: VirtualSerialPort
        fileprivate var device: Device
        fileprivate var timer: TimerQueue.Token?
    }

    fileprivate enum Device {
        case board(VirtualHeartBoard)
        case mat(VirtualMat)
    }

    package private(set) var ports: [SimulatedPort] = []
    private let timers: TimerQueue
    private var startTime: MonotonicTime

    /// The interval at which the output of a board is sent.
    private static let boardInterval = Nanoseconds.milliseconds(20)

    package init(timers: TimerQueue = EventLoop.shared.timers) {
        self.timers = timers
        startTime = timers.now
    }

    package func add(_ board: VirtualHeartBoard, as name: String) throws(SystemError) {
        try add(.board(board), as: name)
    }

    package func add(_ mat: VirtualMat, as name: String) throws(SystemError) {
        try add(.mat(mat), as: name)
    }

    private func add(_ device: Device, as name: String) throws(SystemError) {
        let port = try VirtualSerialPort()
        ports.append(SimulatedPort(name: name, path: port.path, port: port, device: device))
    }

    /// Powers the devices on.
    package func start() {
        startTime = timers.now
        for index in ports.indices { emit(index) }
    }

    /// Unplugs all devices.
    package func stop() {
        for simulated in ports {
            simulated.timer.map(timers.cancel)
            simulated.port.unplug()
        }
    }

    private func emit(_ index: Int) {
        switch ports[index].device {
        case .board(var board):
            let elapsed = timers.now - startTime
            ports[index].port.send(board.serialText(until: elapsed)[...])
            ports[index].device = .board(board)
            schedule(elapsed + Self.boardInterval, index) { [weak self] in self?.emit(index) }
        case .mat(var mat):
            let emission = mat.next()
            ports[index].device = .mat(mat)
            schedule(emission.end, index) { [weak self] in
                self?.ports[index].port.send(emission.bytes[...])
                self?.emit(index)
            }
        }
    }

    /// Calls the body at an uptime of the devices.
    private func schedule(_ uptime: Nanoseconds, _ index: Int, _ body: @escaping @ReactorActor () -> Void) {
        ports[index].timer = timers.at(startTime + uptime, body)
    }
}
