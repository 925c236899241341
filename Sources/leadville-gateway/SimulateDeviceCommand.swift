import Clocks
import Configuration
import Devices
import Glibc
import Reactor
import VirtualDevices

/// `simulate DEVICE`: writes a virtual device's output to standard output, to a pseudo terminal, or to an HTTP
/// server.
enum SimulateDeviceCommand {
    static func run(_ options: SimulateDeviceOptions) -> ExitStatus {
        if options.listsFaults { return StandardStream.printResult(faults(of: options)) }
        let device: SimulatedDevice
        let source: any DeliverySource
        do {
            device = try SimulatedDevice(options)
            source = try device.makeSource()
        } catch let error as UsageError {
            return HelpCommand.run(after: error)
        } catch let error as SimulatedDevice.ScheduleError {
            return StandardStream.fail("\(options.script ?? ""):\(error)")
        } catch {
            return StandardStream.fail("\(error)")
        }
        let end = options.duration ?? device.script?.end
        if options.isFast, let end { return write(source, until: end, as: options.notation) }
        return SimulationRunner.run(options, source, until: end)
    }

    /// Writes as fast as the reader accepts.
    private static func write(
        _ source: any DeliverySource, until end: Nanoseconds, as notation: DeliveryFormat
    ) -> ExitStatus {
        var source = source
        var text: [UInt8] = []
        var next = source.next()
        while let delivery = next, delivery.time <= end {
            notation.write(delivery, to: &text)
            if text.count > 32 << 10 {
                guard StandardStream.printResult(text) == .success else { return .failure }
                text.removeAll(keepingCapacity: true)
            }
            next = source.next()
        }
        return StandardStream.printResult(text)
    }

    private static func faults(of options: SimulateDeviceOptions) -> String {
        let faults = DeviceDrivers.simulated(options.device)?.faults ?? []
        guard !faults.isEmpty else { return "A virtual \(options.device.rawValue) has no faults.\n" }
        let width = faults.map(\.name.count).max() ?? 0
        return faults.map { fault in
            let gap = String(repeating: " ", count: width - fault.name.count)
            let note = fault.canBeScheduled ? "" : " (not in a script)"
            return "\(fault.name)\(gap)  \(fault.summary)\(note)\n"
        }.joined()
    }
}

extension SimulateDeviceOptions {
    var notation: DeliveryFormat {
        isBinary ? .bytes : sendsText ? .textLines : .hexLines
    }
}

extension SimulatedDevice {
    fileprivate init(_ options: SimulateDeviceOptions) throws {
        self.init(options.device, seed: options.seed ?? .random(in: .min ... .max))
        let known = DeviceDrivers.simulated(options.device)?.faults ?? []
        for name in options.faults {
            guard let fault = known.first(where: { $0.name == name }) else {
                throw UsageError.invalidChoice("fault", name, among: known.map(\.name), in: options.command)
            }
            faults.insert(fault)
        }
        variant = options.variant
        sensor = options.sensor - 1
        nowData = options.nowData
        sensorType = options.sensorType.flatMap { BT50SensorType(rawValue: $0) }
        script = try options.script.map { try SimulationScript(file: $0) }
        if let duration = options.duration { horizon = duration }
        // Servers interpret the messages' timestamps as wall-clock time.
        if options.destination != nil { start = SystemClock.wall() }
    }
}

extension SimulationScript {
    private struct FileError: Error, CustomStringConvertible {
        let description: String
    }

    private static let maximumBytes = 1 << 20

    fileprivate init(file path: String) throws {
        let file = try OwnedDescriptor(open(path, O_RDONLY | O_CLOEXEC), from: path)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count <= Self.maximumBytes {
            let count = read(file.number, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(path) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard bytes.count <= Self.maximumBytes else {
            throw FileError(description: "\(path): larger than \(Self.maximumBytes) bytes")
        }
        do throws(ScriptError) {
            try self.init(parsing: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw FileError(description: "\(path):\(error)")
        }
    }
}
