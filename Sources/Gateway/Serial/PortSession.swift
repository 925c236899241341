import Clocks
import Devices
import Events
import Hotplug
import Logging
import Reactor
import Serial

/// The life of one port, from being plugged in to being pulled out: open it, find out what is there, read it; try again
/// when it cannot be had; let it go for good when nobody understands it.
@ReactorActor
final class PortSession {
    /// Where the session stands.
    enum State {
        /// Nothing is open; `because` is for people.
        case resting(because: String)
        case searching(SerialPort, PortListener)
        case reading(SerialPort, any SerialReader, DeviceFamily)
    }

    /// What the session asks of the house.
    struct House {
        let timers: TimerQueue
        let rememberedRate: @ReactorActor (PortIdentity) -> Int?
        /// Told what was found out, to be remembered.
        let found: @ReactorActor (PortIdentity, SerialFinding) -> Void
        let reader: @ReactorActor (SerialPolicy.Plan, KnownPort) -> (any SerialReader)?
        let devices: DeviceRegistry
        let failed: @ReactorActor (SerialError) -> Void
        let received: @ReactorActor (Int) -> Void
    }

    private(set) var port: KnownPort
    private(set) var state = State.resting(because: "it has just been plugged in")
    private let decision: SerialPolicy.Decision
    private let house: House
    /// What was recognised, so that nobody has to listen again.
    private var plan: SerialPolicy.Plan?
    private var timer: TimerQueue.Token?
    private var retryDelay = firstRetry
    private var lastFailure: SerialError?
    private var lastBytes = MonotonicTime(nanoseconds: 0)
    private var isSilent = false
    /// It rests because nobody has adopted its device.
    private var isUnwanted = false

    private static let firstRetry = Nanoseconds.seconds(2)
    private static let longestRetry = Nanoseconds.seconds(60)
    /// A board speaks every second, the slowest mat more often than that.
    private static let longestSilence = Nanoseconds.seconds(10)

    init(_ port: KnownPort, _ decision: SerialPolicy.Decision, _ house: House) {
        self.port = port
        self.decision = decision
        self.house = house
        if case .use(let plan) = decision { self.plan = plan }
    }

    func begin() {
        cancelTimer()
        switch decision {
        case .leave(let reason): rest(because: "it is left alone: \(reason)")
        case .use(let plan): read(plan)
        case .probe(let settings):
            if let plan { read(plan) } else { search(settings) }
        }
    }

    /// The same device has got another name.
    func move(to port: KnownPort) {
        end(.released)
        self.port = port
        begin()
    }

    /// Something about the port is new, but neither its name nor what it is.
    func update(_ port: KnownPort) {
        self.port = port
    }

    /// Lets go of the port, for good or for a while; `begin` takes it again.
    func end(_ reason: DeviceEvent.LossReason, because text: String = "it was let go") {
        cancelTimer()
        switch state {
        case .resting: if isUnwanted { house.devices.lost(id, reason, at: .now()) }
        case .searching(let port, let listener):
            listener.stop()
            port.close()
        case .reading(let port, let reader, _):
            port.close()
            reader.end(at: .now())
            if !isSilent { house.devices.lost(id, reason, at: .now()) }
        }
        rest(because: text)
    }

    /// Lends the port to somebody else, such as a tool that writes new firmware, and takes it back. False when it was let
    /// go for good already: then it is free, and stays so.
    func release(for span: Nanoseconds) -> Bool {
        if case .resting = state, timer == nil { return false }
        end(.released, because: "it is lent to somebody else")
        timer = house.timers.after(span) { [weak self] in self?.begin() }
        return true
    }

    // MARK: Searching

    private func search(_ settings: SerialSettings) {
        guard mayBeOpened() else { return }
        let search = SerialSearch(
            remembered: house.rememberedRate(port.identity), anyRate: port.description.hasNoWire, at: house.timers.now)
        var settings = settings
        settings.baudRate = search.baudRate
        guard let opened = open(settings) else { return }
        Log.info("Listening to \(port.description) to find out what is there")
        let listener = PortListener(search, at: opened, settings, timers: house.timers) { [weak self] in
            self?.searchEnded($0)
        }
        state = .searching(opened, listener)
    }

    private func searchEnded(_ end: PortListener.End) {
        guard case .searching(let opened, let listener) = state else { return }
        switch end {
        case .recognised(let finding): recognised(finding, opened, listener.settings)
        case .gaveUp(let reason):
            opened.close()
            rest(because: "nobody understands it: \(reason)")
            Log.info("Let go of \(port.description) until it is plugged in again: \(reason)")
        case .failed(let error):
            opened.close()
            fail(error)
        }
    }

    private func recognised(_ finding: SerialFinding, _ opened: SerialPort, _ settings: SerialSettings) {
        Log.info("Found at \(port.description): \(finding)", ["SOURCE": port.identity.text])
        house.found(port.identity, finding)
        var settings = settings
        let isOtherRate = settings.baudRate != finding.baudRate
        settings.baudRate = finding.baudRate
        let plan = SerialPolicy.Plan(device: finding.device, mat: KnownMat.named(finding.form), settings: settings)
        self.plan = plan
        cancelTimer()
        do throws(SerialError) {
            if isOtherRate { try opened.configure(settings) }
            // Not opened anew: nothing that is being said meanwhile is missed, and no line moves.
            read(plan, from: opened)
        } catch {
            opened.close()
            fail(error)
        }
    }

    // MARK: Reading

    private func read(_ plan: SerialPolicy.Plan, from open: SerialPort? = nil) {
        guard mayBeOpened() else {
            open?.close()
            return
        }
        guard let reader = house.reader(plan, port) else {
            open?.close()
            return rest(because: "nothing here reads such devices")
        }
        guard let opened = open ?? self.open(plan.settings) else { return }
        guard isWanted(plan.device) else {
            opened.close()
            return leave(plan.device)
        }
        isUnwanted = false
        state = .reading(opened, reader, plan.device)
        retryDelay = Self.firstRetry
        lastFailure = nil
        isSilent = true
        lastBytes = house.timers.now
        if !reader.startCommand.isEmpty { _ = opened.send(reader.startCommand[...]) }
        if open != nil { speaks() }
        watchForSilence()
    }

    /// What the user has said no to is not even opened.
    private func mayBeOpened() -> Bool {
        guard let record = house.devices[id], record.adoption != .use else { return true }
        leave(record.family)
        return false
    }

    private func leave(_ family: DeviceFamily) {
        isUnwanted = true
        rest(because: "nobody has adopted the \(family.rawValue) there")
    }

    /// Whoever has written down what is there has adopted it thereby.
    private func isWanted(_ family: DeviceFamily) -> Bool {
        var isConfigured = false
        if case .use = decision { isConfigured = true }
        let adoption = house.devices.sighted(
            id, family: family, name: port.description.name, transport: .serial, signal: nil, at: .now(),
            isAskedFor: isConfigured)
        return adoption == .use
    }

    /// The user has decided anew whether the device is to be used.
    func reconsider() {
        switch state {
        case .reading where !house.devices.isUsed(id):
            isUnwanted = true
            end(.released, because: "the user wants it to be left alone")
        case .resting where isUnwanted && house.devices.isUsed(id): begin()
        default: break
        }
    }

    /// The device has said something.
    private func speaks() {
        lastBytes = house.timers.now
        guard isSilent else { return }
        isSilent = false
        house.devices.connected(id, at: .now())
    }

    private func watchForSilence() {
        timer = house.timers.at(lastBytes + Self.longestSilence) { [weak self] in
            guard let self, case .reading = state else { return }
            if house.timers.now - lastBytes < Self.longestSilence {
                watchForSilence()
            } else {
                if !isSilent {
                    isSilent = true
                    house.devices.lost(id, .silent, at: .now())
                }
                lastBytes = house.timers.now
                watchForSilence()
            }
        }
    }

    /// By what its device is known to everybody.
    private var id: DeviceID { DeviceID(port.identity.text) }

    // MARK: The port

    private func open(_ settings: SerialSettings) -> SerialPort? {
        do throws(SerialError) {
            return try SerialPort(opening: port.description.node, settings) { [weak self] bytes in
                self?.received(bytes)
            } gone: { [weak self] in
                self?.gone()
            }
        } catch {
            fail(error)
            return nil
        }
    }

    private func received(_ bytes: ArraySlice<UInt8>) {
        let moment = Moment.now()
        house.received(bytes.count)
        switch state {
        case .resting: break
        case .searching(_, let listener): listener.feed(bytes)
        case .reading(_, let reader, _):
            speaks()
            reader.take(bytes, at: moment)
        }
    }

    private func gone() {
        end(.unplugged, because: "it was pulled out")
        // udev says so as well, as a rule. If it does not, the device has only stumbled.
        timer = house.timers.after(Self.firstRetry) { [weak self] in self?.begin() }
    }

    private func fail(_ error: SerialError) {
        cancelTimer()
        rest(because: "\(error)")
        if error != lastFailure { Log.warning("Cannot use \(port.description): \(error)") }
        lastFailure = error
        house.failed(error)
        if case .notSerialPort = error { return }
        timer = house.timers.after(retryDelay) { [weak self] in self?.begin() }
        retryDelay = min(retryDelay + retryDelay, Self.longestRetry)
    }

    private func rest(because reason: String) {
        state = .resting(because: reason)
    }

    private func cancelTimer() {
        timer.map(house.timers.cancel)
        timer = nil
    }
}
