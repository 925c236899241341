import Clocks
import Devices

/// A virtual AMG Commander: pushes, answers, memory, timing and faults, as described in
/// `firmware-protocols/amg-commander`.
package struct VirtualAMGCommander: VirtualPeripheral {
    /// Variations of a timer.
    package struct Traits: Sendable {
        /// New timers do not push until this is enabled.
        package var pushes = true
        package var lossProbability = 0.0
        /// Times of restarts, which end the link, clear the memory and restart the string count.
        package var resets: [Nanoseconds] = []

        package init(pushes: Bool = true, lossProbability: Double = 0, resets: [Nanoseconds] = []) {
            self.pushes = pushes
            self.lossProbability = lossProbability
            self.resets = resets
        }
    }

    package private(set) var settings = AMGSettings()

    private let addressTail: UInt16
    private let pushes: Bool
    private var resets: [Nanoseconds]
    private var player: StringPlayer
    private var link: VirtualLink
    private var random: SeededRandom
    private var stringNumber = 0
    private var state = AMGPacketWriter.stopState
    private var status = AMGPacketWriter.Status()
    /// The shot times of the stored strings in hundredths of a second, the latest string last.
    private var memory: [[Int]] = []
    /// The displayed string, counted back from the latest.
    private var stringsBack = 0
    private var lastCommand: Nanoseconds?
    private var lastUse = Nanoseconds.zero
    private var isOff = false

    package static let notifyCharacteristic = BluetoothUUID.nordicUARTNotify
    private static let memoryCapacity = 3
    /// The timer ends a string after this time.
    private static let maximumStringDuration = Nanoseconds.seconds(300)
    private static let autoPowerOffDelay = Nanoseconds.seconds(900)
    private static let maximumShots = 150

    package init(_ script: RangeScript, seed: UInt64, traits: Traits = Traits()) {
        random = SeededRandom(seed: seed)
        addressTail = UInt16.random(in: .min ... .max, using: &random)
        pushes = traits.pushes
        resets = traits.resets.sorted()
        player = StringPlayer(script, maximumDuration: Self.maximumStringDuration)
        // Measured latency: 22 ms on average, with a range of 44 ms.
        link = VirtualLink(seed: random.next(), latency: 4...44, lossProbability: traits.lossProbability)
    }

    /// The strings that were started, with the true times of their beeps.
    package var beeps: [(string: RangeString, time: Nanoseconds)] { player.beeps }
    package var beepCount: Int { player.beepCount }
    package var isRunning: Bool { player.isRunning }
    package var hasStringForCommand: Bool { player.hasStringForCommand }

    package mutating func add(_ string: RangeString) {
        player.add(string)
    }

    /// Displays a stored string until the next beep.
    package mutating func show(stringsBack: Int) {
        self.stringsBack = max(0, min(stringsBack, memory.count - 1))
    }

    package var advertisement: BluetoothAdvertisement {
        let digits = String(addressTail, radix: 16, uppercase: true)
        return BluetoothAdvertisement(
            name: "AMG Lab COMM " + String(repeating: "0", count: 4 - digits.utf8.count) + digits,
            services: [.nordicUART], address: 0x6009_C300_0000 | UInt64(addressTail))
    }

    package var nextEvent: Nanoseconds? {
        let next =
            isOff ? nil : [player.nextTime, resets.first, lastUse + Self.autoPowerOffDelay].compactMap(\.self).min()
        return [next, link.nextArrival].compactMap(\.self).min()
    }

    package mutating func tick(until time: Nanoseconds) -> [VirtualEmission] {
        advance(to: time)
        return link.deliver(until: time)
    }

    package mutating func receive(write bytes: ArraySlice<UInt8>, at time: Nanoseconds) -> [VirtualEmission] {
        advance(to: time)
        if !isOff { execute(String(decoding: bytes, as: UTF8.self), at: time) }
        return link.deliver(until: time)
    }
}

/// Events over time.
extension VirtualAMGCommander {
    private mutating func advance(to time: Nanoseconds) {
        while !isOff {
            let reset = resets.first ?? Nanoseconds(.max)
            let sleep = player.isRunning ? Nanoseconds(.max) : lastUse + Self.autoPowerOffDelay
            let next = player.nextTime ?? Nanoseconds(.max)
            let earliest = min(reset, sleep, next)
            guard earliest <= time else { return }
            if earliest == reset {
                restart(at: resets.removeFirst())
            } else if earliest == next, let (moment, event) = player.next(until: time) {
                lastUse = moment
                handle(event, at: moment)
            } else {
                isOff = true
                link.disconnect(at: sleep)
            }
        }
    }

    private mutating func restart(at time: Nanoseconds) {
        _ = player.stop()
        (stringNumber, status, state) = (0, AMGPacketWriter.Status(), AMGPacketWriter.stopState)
        (memory, stringsBack) = ([], 0)
        lastUse = time
        link.disconnect(at: time)
    }

    private mutating func handle(_ event: StringPlayer.Event, at time: Nanoseconds) {
        switch event {
        case .beep:
            stringNumber = (stringNumber + 1) & 0xFFFF
            state = AMGPacketWriter.startState
            memory.append([])
            stringsBack = 0
            if memory.count > Self.memoryCapacity { memory.removeFirst() }
            // A start push still contains total, first and last of the previous string.
            (status.shot, status.time, status.split) = (0, 0, 0)
            push(at: time)
            status = AMGPacketWriter.Status()
        case .shot(let since):
            guard status.total < Self.maximumShots else { return }
            state = AMGPacketWriter.shotState
            let hundredths = Int(since.count / 10_000_000)
            memory[memory.count - 1].append(hundredths)
            status.shot += 1
            status.total = status.shot
            status.split = hundredths - status.last
            status.time = hundredths
            status.last = hundredths
            if status.shot == 1 { status.first = hundredths }
            push(at: time)
        case .stop:
            state = AMGPacketWriter.stopState
            push(at: time)
        }
    }

    private mutating func push(at time: Nanoseconds) {
        guard pushes else { return }
        link.notify(Self.notifyCharacteristic, AMGPacketWriter.push(state, status, string: stringNumber), at: time)
    }
}

/// Commands.
extension VirtualAMGCommander {
    private mutating func execute(_ command: String, at time: Nanoseconds) {
        let isTooSoon = lastCommand.map { time - $0 < AMGCommand.spacing } ?? false
        lastCommand = time
        lastUse = time
        // Commands in quick succession are ignored.
        guard !isTooSoon else { return }
        switch command {
        case "COM START": player.start(at: time, after: settings.startDelay(using: &random))
        case "COM STOP": if player.stop() { handle(.stop, at: time) }
        case "REQ SCREEN HEX": respond([AMGPacketWriter.screen(state, status)], at: time)
        case "REQ SCREEN TEXT": respond(AMGPacketWriter.text(status), at: time)
        case "REQ STRING HEX": respond(AMGPacketWriter.list(shownString), at: time)
        default: if !player.isRunning { settings.apply(command) }
        }
    }

    private var shownString: [Int] {
        memory.isEmpty ? [] : memory[memory.count - 1 - stringsBack]
    }

    private mutating func respond(_ packets: [[UInt8]], at time: Nanoseconds) {
        for (index, packet) in packets.enumerated() {
            link.notify(Self.notifyCharacteristic, packet, at: time + .milliseconds(Int64(index) * 12))
        }
    }
}

extension VirtualAMGCommander: VirtualGATTPeripheral {
    package var services: [VirtualService] { Self.serviceTable }

    package static let serviceTable: [VirtualService] = [.genericAccess, .nordicUART]
}

extension AMGCommanderDriver: SimulatedDriver {
    package var faults: [SimulatedFault] { [.pushOff, .lost.unscheduled, .reset] }

    package func makeSource(_ device: SimulatedDevice, _ schedule: FaultSchedule) -> any DeliverySource {
        typealias Source = PeripheralSource<VirtualAMGCommander>
        let traits = VirtualAMGCommander.Traits(
            pushes: !device.faults.contains(.pushOff), lossProbability: device.faults.contains(.lost) ? 0.1 : 0,
            resets: schedule.times(of: .reset, every: .seconds(60)))
        let timer = VirtualAMGCommander(device.range, seed: device.seed, traits: traits)
        let screen = Array("REQ SCREEN HEX".utf8)
        let requestCount = traits.pushes ? 0 : device.horizon.count / Nanoseconds.seconds(1).count
        let actions = (0..<max(requestCount, 0)).map { Source.Action.write(screen, at: .seconds($0 + 1)) }
        return Source(timer, actions: actions) { emission in
            // After a stop, the list of shots is requested, in case a push was lost.
            guard let push = emission.bytes, push.count == 14, push[1] == AMGPacketWriter.stopState else { return nil }
            return .write(Array("REQ STRING HEX".utf8), at: emission.time + .milliseconds(400))
        }
    }
}

extension SimulatedFault {
    package static let pushOff = SimulatedFault(
        "push-off", "the timer does not push, and its screen is requested every second", canBeScheduled: false,
        sequence: 1)
}
