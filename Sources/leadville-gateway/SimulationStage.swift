import Clocks
import Configuration
import Devices
import Glibc
import Reactor
import Synchronization
import VirtualDevices

/// Where a virtual device plays at its own pace, until it is over or somebody ends it.
@ReactorActor
final class SimulationStage {
    private let options: SimulateDeviceOptions
    private var player: VirtualPlayer?
    private var signals: ProcessSignals?
    private var port: VirtualSerialPort?
    private var uplink: PhoneUplink?
    private var text: [UInt8] = []
    private var sentBytes = 0
    /// What the port was told, while the mat waits for a word.
    private var heard: [UInt8] = []
    private var trouble: String?

    nonisolated static func run(
        _ options: SimulateDeviceOptions, _ source: any VirtualSource, until end: Nanoseconds?
    ) -> ExitStatus {
        ProcessSignals.block([SIGINT, SIGTERM])
        let failed = Atomic(false)
        ReactorExecutor.shared.runOnThisThread {
            let stage = SimulationStage(options)
            // The loop ends with the stage, and until then nobody else would keep it.
            current = stage
            stage.over = { if stage.trouble != nil { failed.store(true, ordering: .relaxed) } }
            stage.begin(source, until: end)
        }
        return failed.load(ordering: .relaxed) ? .failure : .success
    }

    private static var current: SimulationStage?
    private var over: @ReactorActor () -> Void = {}

    private init(_ options: SimulateDeviceOptions) {
        self.options = options
    }

    private func begin(_ source: any VirtualSource, until end: Nanoseconds?) {
        do {
            signals = try ProcessSignals([SIGINT, SIGTERM]) { [self] _ in self.end() }
            let player = VirtualPlayer(source, until: end) { [self] delivery in
                deliver(delivery)
            } ended: { [self] in
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
        uplink.complain = { StandardStream.error.write("\(HelpText.programName): \($0)\n") }
        self.uplink = uplink
    }

    private func openPort(_ player: VirtualPlayer) throws {
        let port = try VirtualSerialPort()
        self.port = port
        StandardStream.output.write("\(port.path)\n")
        let command = KnownMat.named(options.form ?? "")?.startCommand ?? []
        guard !command.isEmpty else { return player.play() }
        port.received = { [self] bytes in
            heard = Array((heard + bytes).suffix(4_096))
            guard String(decoding: heard, as: UTF8.self).contains(String(decoding: command, as: UTF8.self)) else {
                return
            }
            port.received = nil
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

    private func end(_ trouble: String? = nil) {
        player?.stop()
        if let port {
            let lost = port.lostBytes > 0 ? ", of which nobody read \(port.lostBytes)" : ""
            StandardStream.output.write("sent \(sentBytes) bytes\(lost)\n")
        }
        if let uplink {
            let failed = uplink.failed > 0 ? ", and \(uplink.failed) were not taken" : ""
            StandardStream.output.write("posted \(uplink.accepted) messages\(failed)\n")
        }
        if let trouble {
            self.trouble = trouble
            _ = SimulateDeviceCommand.complain(trouble)
        }
        over()
        EventLoop.shared.stop()
    }
}
