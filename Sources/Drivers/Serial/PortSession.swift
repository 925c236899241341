import Clocks
import Devices
import Events
import Hotplug
import Logging
import Reactor
import Serial

/// Manages one port from plug-in to unplug: opens it, identifies its device, reads it, and retries after failures.
@ReactorActor
final class PortSession {
    private enum State {
        /// The port is closed; the reason is shown to operators.
        case resting(because: String)
        case searching(SerialPort, PortDetector)
        case reading(SerialPort, any SerialReader, PortPresence)
    }

    /// What all sessions share.
    struct Context {
        let timers: TimerQueue
        let devices: DeviceRegistry
        let rates: BaudRateStore
        let readers: SerialReaderFactory
        let metrics: SerialMetrics
    }

    private(set) var port: KnownPort
    private var state = State.resting(because: "just plugged in")
    private let decision: SerialPolicy.Decision
    private let context: Context
    /// Configured or recognised before, so that no search is needed.
    private var plan: SerialPolicy.Plan?
    /// The next retry, or the end of a temporary release.
    private var restart: TimerQueue.Token?
    private var backoff = Backoff(first: initialRetryDelay, limit: .seconds(60))
    private var lastFailure: SerialError?
    /// The port rests because its device is not adopted.
    private var isUnadopted = false

    private static let initialRetryDelay = Nanoseconds.seconds(2)

    init(_ port: KnownPort, _ decision: SerialPolicy.Decision, _ context: Context) {
        self.port = port
        self.decision = decision
        self.context = context
        if case .use(let plan) = decision { self.plan = plan }
    }

    func start() {
        cancelRestart()
        switch decision {
        case .ignore(let reason): rest(because: "ignored: \(reason)")
        case .use(let plan): read(plan)
        case .probe(let settings, _):
            if let plan { read(plan) } else { search(settings) }
        }
    }

    /// The same device has another node.
    func move(to port: KnownPort) {
        end(.released)
        self.port = port
        start()
    }

    /// Properties of the port have changed, but not its node.
    func update(_ port: KnownPort) {
        self.port = port
    }

    /// Closes the port; `start` opens it again.
    func end(_ reason: DeviceEvent.LossReason, because text: String = "released") {
        cancelRestart()
        switch state {
        case .resting: if isUnadopted { context.devices.markDisconnected(id, reason, at: .now()) }
        case .searching(let port, let detector):
            detector.stop()
            port.close()
        case .reading(let port, let reader, let presence):
            port.close()
            reader.finish(at: .now())
            presence.end(reason)
        }
        rest(because: text)
    }

    /// Closes the port for a while, so that another program such as a flashing tool can use it. Returns false if it is
    /// closed for good already.
    func release(for span: Nanoseconds) -> Bool {
        if case .resting = state, restart == nil { return false }
        end(.released, because: "released on request")
        scheduleRestart(after: span)
        return true
    }

    /// The operator has adopted or released the device.
    func adoptionChanged() {
        switch state {
        case .reading where !context.devices.isUsed(id):
            isUnadopted = true
            end(.released, because: "released by the operator")
        case .resting where isUnadopted && context.devices.isUsed(id): start()
        default: break
        }
    }

    private var id: DeviceID { DeviceID(port.identity.text) }

    // MARK: Searching

    private func search(_ settings: SerialSettings) {
        guard mayBeOpened() else { return }
        let search = SerialSearch(
            remembered: context.rates[port.identity.text], anyRate: port.description.isNativeUSB,
            at: context.timers.now)
        var settings = settings
        settings.baudRate = search.baudRate
        guard let opened = open(settings) else { return }
        Log.info("Probing \(port.description)")
        let detector = PortDetector(search, at: opened, settings, timers: context.timers) { [weak self] in
            self?.searchEnded($0)
        }
        state = .searching(opened, detector)
    }

    private func searchEnded(_ outcome: PortDetector.Outcome) {
        guard case .searching(let opened, let detector) = state else { return }
        switch outcome {
        case .recognised(let match): recognised(match, opened, detector.settings)
        case .gaveUp(let reason):
            opened.close()
            rest(because: "not recognised: \(reason)")
            Log.info("Released \(port.description) until it is plugged in again: \(reason)")
        case .failed(let error):
            opened.close()
            fail(error)
        }
    }

    private func recognised(_ match: SerialMatch, _ opened: SerialPort, _ settings: SerialSettings) {
        Log.info("Recognised at \(port.description): \(match)", ["SOURCE": port.identity.text])
        context.rates.remember(match.baudRate, for: port.identity.text)
        var settings = settings
        let isOtherRate = settings.baudRate != match.baudRate
        settings.baudRate = match.baudRate
        var mat = KnownMat.named(match.variant)
        if case .probe(_, let range) = decision { mat = mat?.with(range) }
        let plan = SerialPolicy.Plan(device: match.device, mat: mat, settings: settings)
        self.plan = plan
        do throws(SerialError) {
            if isOtherRate { try opened.configure(settings) }
            // Stays open: no bytes are lost and no control line changes.
            read(plan, from: opened)
        } catch {
            opened.close()
            fail(error)
        }
    }

    // MARK: Reading

    /// - Parameter searched: the open port, if the device has just been recognised.
    private func read(_ plan: SerialPolicy.Plan, from searched: SerialPort? = nil) {
        guard mayBeOpened() else {
            searched?.close()
            return
        }
        guard let reader = context.readers.reader(plan, port) else {
            searched?.close()
            return rest(because: "no reader for this device")
        }
        guard let opened = searched ?? open(plan.settings) else { return }
        guard isAdopted(plan.device) else {
            opened.close()
            return restUnadopted(plan.device)
        }
        isUnadopted = false
        backoff.reset()
        lastFailure = nil
        let presence = PortPresence(id, plan.device, devices: context.devices, timers: context.timers)
        state = .reading(opened, reader, presence)
        if !reader.startCommand.isEmpty { _ = opened.send(reader.startCommand[...]) }
        if searched != nil { presence.recordBytes() }
    }

    /// A device that the operator has rejected is not even opened.
    private func mayBeOpened() -> Bool {
        guard let record = context.devices[id], record.adoption != .use else { return true }
        restUnadopted(record.family)
        return false
    }

    private func restUnadopted(_ family: DeviceFamily) {
        isUnadopted = true
        rest(because: "the \(family.rawValue) is not adopted")
    }

    /// Registers the device. A rule in the configuration adopts it, unless the operator has rejected it.
    private func isAdopted(_ family: DeviceFamily) -> Bool {
        var isConfigured = false
        if case .use = decision { isConfigured = true }
        let adoption = context.devices.recordSighting(
            id, family: family, name: port.description.name, transport: .serial, signal: nil, at: .now(),
            isConfigured: isConfigured)
        return adoption == .use
    }

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
        context.metrics.receivedBytes.add(bytes.count)
        switch state {
        case .resting: break
        case .searching(_, let detector): detector.feed(bytes)
        case .reading(_, let reader, let presence):
            presence.recordBytes()
            reader.receive(bytes, at: moment)
        }
    }

    private func portDisconnected() {
        end(.unplugged, because: "unplugged")
        // Normally udev reports the removal as well. If not, the device has only reset itself.
        scheduleRestart(after: Self.initialRetryDelay)
    }

    private func fail(_ error: SerialError) {
        cancelRestart()
        rest(because: "\(error)")
        if error != lastFailure { Log.warning("Cannot use \(port.description): \(error)") }
        lastFailure = error
        context.metrics.countFailure(error)
        if case .notSerialPort = error { return }
        scheduleRestart(after: backoff.nextDelay())
    }

    private func rest(because reason: String) {
        state = .resting(because: reason)
    }

    private func scheduleRestart(after delay: Nanoseconds) {
        restart = context.timers.after(delay) { [weak self] in self?.start() }
    }

    private func cancelRestart() {
        restart.map(context.timers.cancel)
        restart = nil
    }
}

extension PortSession {
    /// The states as the API and metrics name them.
    enum StateName: String, CaseIterable {
        case resting, searching, reading
    }

    var status: SerialPortStatus {
        let name: StateName
        var (device, reason): (String?, String?)
        switch state {
        case .resting(let because): (name, reason) = (.resting, because)
        case .searching: name = .searching
        case .reading(_, _, let presence): (name, device) = (.reading, presence.family.rawValue)
        }
        let description = port.description
        return SerialPortStatus(
            path: description.node, id: port.identity.text, name: description.name, usbID: description.usbID,
            state: name.rawValue, device: device, reason: reason)
    }
}
