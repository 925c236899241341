import Clocks
import Devices
import Events

/// The configuration of a virtual device, from which its deliveries are created.
package struct SimulatedDevice: Sendable {
    /// A script schedules a fault that can only be permanent or random.
    package struct ScheduleError: Error, Hashable, Sendable, CustomStringConvertible {
        package let line: Int
        package let fault: SimulatedFault
        package let family: DeviceFamily

        package var description: String {
            "\(line): the fault \(fault.rawValue) of \(family.rawValue) cannot be scheduled"
        }
    }

    package let family: DeviceFamily
    /// The decoder variant that the device matches; nil for the first.
    package var variant: String?
    /// The same seed and settings give the same bytes at the same times.
    package let seed: UInt64
    /// Nil for a random script.
    package var script: SimulationScript?
    /// Permanent and random faults.
    package var faults: Set<SimulatedFault> = []
    /// The index of an impact sensor's target.
    package var sensor = 0
    /// Whether an impact sensor sends momentary values.
    package var nowData = false
    /// The start of a phone's recording, by its own clock.
    package var start = WallTime(nanoseconds: 1_767_225_600_000_000_000)
    /// The time up to which random faults are planned.
    package var horizon = Nanoseconds.seconds(3_600)

    package init(_ family: DeviceFamily, seed: UInt64) {
        self.family = family
        self.seed = seed
    }

    /// Creates the device's deliveries.
    package func makeSource() throws(ScheduleError) -> any DeliverySource {
        for planned in script?.faults ?? []
        where SimulatedFault.all(of: family).contains(planned.fault) && !planned.fault.canBeScheduled(on: family) {
            throw ScheduleError(line: planned.line, fault: planned.fault, family: family)
        }
        let plan = FaultSchedule(self)
        switch family {
        case .amgCommander: return timer(plan)
        case .bt50: return impactSensor(plan)
        case .esp32Heart: return board(plan)
        case .heartStrap: return strap(plan)
        case .pressureMat: return mat(plan)
        case .sensorLogger: return phone(plan)
        case .sgTimer: return PeripheralSource(VirtualSGTimer(range, seed: seed))
        case .specialPie:
            return PeripheralSource(
                VirtualSpecialPie(range, seed: seed, countsFromZero: faults.contains(.countsFromZero)))
        }
    }

    /// The range of timers and sensors; the same seed gives the same range, even without a script.
    package var range: RangeScript {
        script?.range ?? .random(strings: 400, sensors: 2, seed: seed)
    }
}

/// Bluetooth.
extension SimulatedDevice {
    private func timer(_ plan: FaultSchedule) -> any DeliverySource {
        typealias Source = PeripheralSource<VirtualAMGCommander>
        let traits = VirtualAMGCommander.Traits(
            pushes: !faults.contains(.pushOff), lossProbability: faults.contains(.lost) ? 0.1 : 0,
            resets: plan.times(of: .reset, every: .seconds(60)))
        let timer = VirtualAMGCommander(range, seed: seed, traits: traits)
        let screen = Array("REQ SCREEN HEX".utf8)
        let requestCount = traits.pushes ? 0 : horizon.count / Nanoseconds.seconds(1).count
        let actions = (0..<max(requestCount, 0)).map { Source.Action.write(screen, at: .seconds($0 + 1)) }
        return Source(timer, actions: actions) { emission in
            // After a stop, the list of shots is requested, in case a push was lost.
            guard let push = emission.bytes, push.count == 14, push[1] == AMGPacketWriter.stopState else { return nil }
            return .write(Array("REQ STRING HEX".utf8), at: emission.time + .milliseconds(400))
        }
    }

    private func impactSensor(_ plan: FaultSchedule) -> any DeliverySource {
        typealias Source = PeripheralSource<VirtualBT50>
        let traits = VirtualBT50.Traits(
            nowData: nowData, damageProbability: faults.contains(.droppedBytes) ? 0.05 : 0,
            resets: plan.times(of: .reset, every: .seconds(60)))
        var device = VirtualBT50(seed: seed, traits: traits)
        if !faults.contains(.smallMTU) { device.mtu = 247 }
        let events = script ?? SimulationScript(range)
        var actions = events.hits(on: sensor).map { hit in
            Source.Action(time: hit.time) { device, time in
                device.strike(at: time, velocity: hit.velocity)
                return []
            }
        }
        for (index, time) in plan.times(of: .modeSwitch, every: .seconds(10)).enumerated() {
            let isOn = (index % 2 == 0) != nowData
            actions.append(.write(BT50Command.unlock.bytes, at: time))
            actions.append(.write(BT50Command.write(.mode, isOn ? 1 : 0).bytes, at: time + BT50Setting.spacing))
        }
        return Source(device, actions: actions)
    }

    private func strap(_ plan: FaultSchedule) -> any DeliverySource {
        let gaps = plan.spans(of: .noContact, every: .seconds(20), lasting: 2...6).map { span in
            VirtualHeartStrap.Gap(from: span.start, to: span.end)
        }
        return PeripheralSource(
            VirtualHeartStrap(seed: seed, gaps: gaps, sendsWideRates: faults.contains(.wideRates)))
    }
}

/// Streams and messages.
extension SimulatedDevice {
    private func board(_ plan: FaultSchedule) -> any DeliverySource {
        let script = plan.script.compactMap { planned in
            planned.fault.boardFault.map { ScheduledHeartBoardFault($0, at: planned.start, for: planned.duration) }
        }
        let kinds = Set(faults.compactMap { HeartBoardFaultKind(rawValue: $0.rawValue) })
        let board = VirtualHeartBoard(user: 1, seed: seed, script: script, randomFaults: kinds)
        return variant == "serial" ? HeartSerialSource(board) : HeartDatagramSource(board)
    }

    private func mat(_ plan: FaultSchedule) -> any DeliverySource {
        let known = KnownMat.named(variant ?? "") ?? KnownMat.all[0]
        var random = SeededRandom(seed: seed ^ 0x6D61_74)
        let form = VirtualMatFormat(known)
        var script: [ScheduledMatFault] = []
        for fault in SimulatedFault.all(of: .pressureMat) {
            for span in plan.spans(of: fault, every: .seconds(5), lasting: 0...0) {
                guard let what = fault.matFault(form.size, &random) else { continue }
                // A frame takes fifty milliseconds; cell faults are permanent.
                let isPermanent = (fault == .deadCell || fault == .stuckCell) && faults.contains(fault)
                let minimum = isPermanent ? horizon : .milliseconds(50)
                script.append(ScheduledMatFault(what, at: span.start, for: max(span.end - span.start, minimum)))
                if isPermanent { break }
            }
        }
        return MatSource(
            VirtualMat(form, seed: seed, baudRate: known.baudRates.first ?? 115_200, script: script))
    }

    private func phone(_ plan: FaultSchedule) -> any DeliverySource {
        var byMessage: [Int: VirtualPhone.Fault] = [:]
        for fault in SimulatedFault.all(of: .sensorLogger) {
            guard let what = VirtualPhone.Fault(rawValue: fault.rawValue) else { continue }
            for time in plan.times(of: fault, every: .seconds(5)) { byMessage[Int(time.inSeconds)] = what }
        }
        var random = SeededRandom(seed: seed ^ 0x7377_696E_67)
        var swings = script?.swings ?? []
        var time = Nanoseconds.seconds(2)
        while script == nil, time < min(horizon, .seconds(600)) {
            swings.append(time)
            time = time + .milliseconds(.random(in: 3_000...8_000, using: &random))
        }
        return PhoneSource(VirtualPhone(seed: seed, start: start, swingTimes: swings, faults: byMessage))
    }
}

extension SimulationScript {
    fileprivate init(_ range: RangeScript) {
        self.init()
        self.range = range
    }
}
