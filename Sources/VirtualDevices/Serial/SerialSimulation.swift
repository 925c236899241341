import Clocks
import Devices
import Reactor

/// Virtual devices on virtual ports, each saying what it would say when it would say it.
@ReactorActor
package final class SerialSimulation {
    /// One device and its port.
    package struct Place {
        /// By what the device can be told from others.
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

    package private(set) var places: [Place] = []
    private let timers: TimerQueue
    private var start: MonotonicTime

    /// How often what a board has printed meanwhile goes out: it prints a line each ten milliseconds.
    private static let boardInterval = Nanoseconds.milliseconds(20)

    package init(timers: TimerQueue = EventLoop.shared.timers) {
        self.timers = timers
        start = timers.now
    }

    package func add(_ board: VirtualHeartBoard, as name: String) throws(SystemError) {
        try add(.board(board), as: name)
    }

    package func add(_ mat: VirtualMat, as name: String) throws(SystemError) {
        try add(.mat(mat), as: name)
    }

    private func add(_ device: Device, as name: String) throws(SystemError) {
        let port = try VirtualSerialPort()
        places.append(Place(name: name, path: port.path, port: port, device: device))
    }

    /// Switches the devices on.
    package func begin() {
        start = timers.now
        for index in places.indices { speak(index) }
    }

    /// Pulls all of them out.
    package func stop() {
        for place in places {
            place.timer.map(timers.cancel)
            place.port.unplug()
        }
    }

    private func speak(_ index: Int) {
        switch places[index].device {
        case .board(var board):
            let elapsed = timers.now - start
            places[index].port.send(board.serialText(until: elapsed)[...])
            places[index].device = .board(board)
            after(elapsed + Self.boardInterval, index) { [weak self] in self?.speak(index) }
        case .mat(var mat):
            let emission = mat.next()
            places[index].device = .mat(mat)
            after(emission.end, index) { [weak self] in
                self?.places[index].port.send(emission.bytes[...])
                self?.speak(index)
            }
        }
    }

    /// Calls when the devices have been on for so long.
    private func after(_ uptime: Nanoseconds, _ index: Int, _ body: @escaping @ReactorActor () -> Void) {
        places[index].timer = timers.at(start + uptime, body)
    }
}
