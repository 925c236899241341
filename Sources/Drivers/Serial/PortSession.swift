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
        case searching(SerialPort, PortDetector)
        case reading(SerialPort, any SerialReader, DeviceFamily)
    }

    /// What the session asks of the house.
    struct Context {
        let timers: TimerQueue
        let rememberedRate: @ReactorActor (PortIdentity) -> Int?
        /// Told what was found out, to be remembered.
        let found: @ReactorActor (PortIdentity, SerialMatch) -> Void
        let reader: @ReactorActor (SerialPolicy.Plan, KnownPort) -> (any SerialReader)?
        let devices: DeviceRegistry
        let failed: @ReactorActor (SerialError) -> Void
        let received: @ReactorActor (Int) -> Void
    }

    private(set) var port: KnownPort
    private(set) var state = State.resting(because: "it has just been plugged in")
    private let decision: SerialPolicy.Decision
    private let context: Context
    /// What was recognised, so that nobody has to listen again.
    private var plan: SerialPolicy.Plan?
    private var timer: TimerQueue.Token?
    private var retryDelay = initialRetryDelay
    private var lastFailure: SerialError?
    private var lastBytes = MonotonicTime(nanoseconds: 0)
    private var isSilent = false
    /// It rests because nobody has adopted its device.
    private var isUnadopted = false

    private static let initialRetryDelay = Nanoseconds.seconds(2)
    private static let maximumRetryDelay = Nanoseconds.seconds(60)
    /// A board speaks every second, the slowest mat more often than that.
    private static let silenceTimeout = Nanoseconds.seconds(10)

    init(_ port: KnownPort, _ decision: SerialPolicy.Decision, _ house: Context) {
        self.port = port
        self.decision = decision
        self.context = house
        if case .use(let plan) = decision { self.plan = plan }
    }

    func start() {
        cancelTimer()
        switch decision {
        case .ignore(let reason): rest(because: "it is left alone: \(reason)")
        case .use(let plan): read(plan)
        case .probe(let settings):
            if let plan { read(plan) } else { search(settings) }
        }
    }

    /// The same device has got another name.
    func move(to port: KnownPort) {
        end(.released)
        self.port = port
        start()
    }

    /// Something about the port is new, but neither its name nor what it is.
    func update(_ port: KnownPort) {
        self.port = port
    }

    /// Lets go of the port, for good or for a while; `begin` takes it again.
    func end(_ reason: DeviceEvent.LossReason, because text: String = "it was let go") {
        cancelTimer()
        switch state {
        case .resting: if isUnadopted { context.devices.markDisconnected(id, reason, at: .now()) }
        case .searching(let port, let listener):
            listener.stop()
            port.close()
        case .reading(let port, let reader, _):
            port.close()
            reader.finish(at: .now())
            if !isSilent { context.devices.markDisconnected(id, reason, at: .now()) }
        }
        rest(because: text)
    }

    /// Lends the port to somebody else, such as a tool that writes new firmware, and takes it back. False when it was let
    /// go for good already: then it is free, and stays so.
    func release(for span: Nanoseconds) -> Bool {
        if case .resting = state, timer == nil { return false }
        end(.released, because: "it is lent to somebody else")
        timer = context.timers.after(span) { [weak self] in self?.start() }
        return true
    }

    // MARK: Searching

    private func search(_ settings: SerialSettings) {
        guard mayBeOpened() else { return }
        let search = SerialSearch(
            remembered: context.rememberedRate(port.identity), anyRate: port.description.isNativeUSB,
            at: context.timers.now)
        var settings = settings
        settings.baudRate = search.baudRate
        guard let opened = open(settings) else { return }
        Log.info("Listening to \(port.description) to find out what is there")
        let listener = PortDetector(search, at: opened, settings, timers: context.timers) { [weak self] in
            self?.searchEnded($0)
        }
        state = .searching(opened, listener)
    }

    private func searchEnded(_ end: PortDetector.Outcome) {
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

    private func recognised(_ finding: SerialMatch, _ opened: SerialPort, _ settings: SerialSettings) {
        Log.info("Found at \(port.description): \(finding)", ["SOURCE": port.identity.text])
        context.found(port.identity, finding)
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
        guard let reader = context.reader(plan, port) else {
            open?.close()
            return rest(because: "nothing here reads such devices")
        }
        guard let opened = open ?? self.open(plan.settings) else { return }
        guard isAdopted(plan.device) else {
            opened.close()
            return restUnadopted(plan.device)
        }
        isUnadopted = false
        state = .reading(opened, reader, plan.device)
        retryDelay = Self.initialRetryDelay
        lastFailure = nil
        isSilent = true
        lastBytes = context.timers.now
        if !reader.startCommand.isEmpty { _ = opened.send(reader.startCommand[...]) }
        if open != nil { deviceResponded() }
        watchForSilence()
    }

    /// What the user has said no to is not even opened.
    private func mayBeOpened() -> Bool {
        guard let record = context.devices[id], record.adoption != .use else { return true }
        restUnadopted(record.family)
        return false
    }

    private func restUnadopted(_ family: DeviceFamily) {
        isUnadopted = true
        rest(because: "nobody has adopted the \(family.rawValue) there")
    }

    /// Whoever has written down what is there has adopted it thereby.
    private func isAdopted(_ family: DeviceFamily) -> Bool {
        var isConfigured = false
        if case .use = decision { isConfigured = true }
        let adoption = context.devices.recordSighting(
            id, family: family, name: port.description.name, transport: .serial, signal: nil, at: .now(),
            isConfigured: isConfigured)
        return adoption == .use
    }

    /// The user has decided anew whether the device is to be used.
    func adoptionChanged() {
        switch state {
        case .reading where !context.devices.isUsed(id):
            isUnadopted = true
            end(.released, because: "the user wants it to be left alone")
        case .resting where isUnadopted && context.devices.isUsed(id): start()
        default: break
        }
    }

    /// The device has said something.
    private func deviceResponded() {
        lastBytes = context.timers.now
        guard isSilent else { return }
        isSilent = false
        context.devices.markConnected(id, at: .now())
    }

    private func watchForSilence() {
        timer = context.timers.at(lastBytes + Self.silenceTimeout) { [weak self] in
            guard let self, case .reading = state else { return }
            if context.timers.now - lastBytes < Self.silenceTimeout {
                watchForSilence()
            } else {
                if !isSilent {
                    isSilent = true
                    context.devices.markDisconnected(id, .silent, at: .now())
                }
                lastBytes = context.timers.now
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
                self?.receive(bytes)
            } onDisconnect: { [weak self] in
                self?.portDisconnected()
            }
        } catch {
            fail(error)
            return nil
        }
    }

    private func receive(_ bytes: ArraySlice<UInt8>) {
        let moment = Moment.now()
        context.received(bytes.count)
        switch state {
        case .resting: break
        case .searching(_, let listener): listener.feed(bytes)
        case .reading(_, let reader, _):
            deviceResponded()
            reader.receive(bytes, at: moment)
        }
    }

    private func portDisconnected() {
        end(.unplugged, because: "it was pulled out")
        // udev says so as well, as a rule. If it does not, the device has only stumbled.
        timer = context.timers.after(Self.initialRetryDelay) { [weak self] in self?.start() }
    }

    private func fail(_ error: SerialError) {
        cancelTimer()
        rest(because: "\(error)")
        if error != lastFailure { Log.warning("Cannot use \(port.description): \(error)") }
        lastFailure = error
        context.failed(error)
        if case .notSerialPort = error { return }
        timer = context.timers.after(retryDelay) { [weak self] in self?.start() }
        retryDelay = min(retryDelay + retryDelay, Self.maximumRetryDelay)
    }

    private func rest(because reason: String) {
        state = .resting(because: reason)
    }

    private func cancelTimer() {
        timer.map(context.timers.cancel)
        timer = nil
    }
}
