import Clocks
import Configuration
import Devices
import Glibc
import Reactor
import Synchronization
import VirtualDevices

/// Runs a virtual device at its own pace until its source ends or a signal stops it.
@ReactorActor
final class SimulationRunner {
    private let options: SimulateDeviceOptions
    private var player: VirtualDevicePlayer?
    private var signals: ProcessSignals?
    private var port: VirtualSerialPort?
    private var uplink: PhoneUplink?
    private var text: [UInt8] = []
    private var sentBytes = 0
    /// What the port has received while the mat waits for its start command.
    private var receivedBytes: [UInt8] = []
    private var failure: String?

    nonisolated static func run(
        _ options: SimulateDeviceOptions, _ source: any DeliverySource, until end: Nanoseconds?
    ) -> ExitStatus {
        ProcessSignals.block([SIGINT, SIGTERM])
        let failed = Atomic(false)
        ReactorExecutor.shared.runOnThisThread {
            let runner = SimulationRunner(options)
            // Nothing else retains the runner while the loop runs.
            current = runner
            runner.onEnd = { if runner.failure != nil { failed.store(true, ordering: .relaxed) } }
            runner.start(source, until: end)
        }
        return failed.load(ordering: .relaxed) ? .failure : .success
    }

    private static var current: SimulationRunner?
    private var onEnd: @ReactorActor () -> Void = {}

    private init(_ options: SimulateDeviceOptions) {
        self.options = options
    }

    private func start(_ source: any DeliverySource, until end: Nanoseconds?) {
        do {
            signals = try ProcessSignals([SIGINT, SIGTERM]) { [self] _ in self.end() }
            let player = VirtualDevicePlayer(source, until: end) { [self] delivery in
                deliver(delivery)
            } onEnd: { [self] in
                self.end()
            }
            self.player = player
            if let destination = options.destination { try connect(destination) }
            if options.usesTerminal { try openPort(player) } else { player.play() }
        } catch {
            self.end("\(error)")
        }
    }

    private func connect(_ destination: PostAddress) throws {
        let server = destination.server
        let uplink = try PhoneUplink(host: server.host, port: UInt16(server.port), path: destination.path)
        uplink.onError = { StandardStream.fail("\($0)") }
        self.uplink = uplink
    }

    private func openPort(_ player: VirtualDevicePlayer) throws {
        let port = try VirtualSerialPort()
        self.port = port
        StandardStream.output.write("\(port.path)\n")
        let command = KnownMat.named(options.variant ?? "")?.startCommand ?? []
        guard !command.isEmpty else { return player.play() }
        port.onReceive = { [self] bytes in
            receivedBytes = Array((receivedBytes + bytes).suffix(4_096))
            guard String(decoding: receivedBytes, as: UTF8.self).contains(String(decoding: command, as: UTF8.self))
            else {
                return
            }
            port.onReceive = nil
            player.play()
        }
    }

    private func deliver(_ delivery: VirtualDelivery) {
        if case .bytes(let bytes) = delivery.content {
            sentBytes += bytes.count
            if let port {
                port.send(bytes[...])
                return
            }
            if let uplink { return uplink.post(bytes) }
        }
        text.removeAll(keepingCapacity: true)
        options.notation.write(delivery, to: &text)
        let code = StandardStream.output.write(text)
        if code != 0 { end("cannot write: \(SystemError.text(of: code))") }
    }

    private func end(_ failure: String? = nil) {
        player?.stop()
        if let port {
            let unread = port.lostBytes > 0 ? ", \(port.lostBytes) of them unread" : ""
            StandardStream.output.write("sent \(sentBytes) bytes\(unread)\n")
        }
        if let uplink {
            let rejected = uplink.failed > 0 ? ", \(uplink.failed) not accepted" : ""
            StandardStream.output.write("posted \(uplink.accepted) messages\(rejected)\n")
        }
        if let failure {
            self.failure = failure
            StandardStream.fail(failure)
        }
        onEnd()
        EventLoop.shared.stop()
    }
}
