import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// A managed device with its session, which continues from link to link, and the handler of its events.
@ReactorActor
final class DeviceConnection<Handler: SessionEventHandler>: ManagedDevice {
    let id: DeviceID
    let address: BluetoothAddress
    let family: DeviceFamily
    private let handler: Handler
    var reconnect = ReconnectPolicy()
    var lastSeen: MonotonicTime?
    private(set) var lastError: LinkError?

    private let context: BluetoothContext
    private let counters: DeviceCounters
    private weak var delegate: (any ManagedDeviceDelegate)?
    /// The session between two links.
    private var session: Handler.Session
    private var link: SessionLink<Handler.Session>?
    private var readySince: MonotonicTime?
    private var endReason: SessionEndReason?
    private var previousOversizedPackets = 0
    private var hasLoggedMTURejection = false

    init(
        _ id: DeviceID, _ address: BluetoothAddress, _ family: DeviceFamily, _ session: Handler.Session,
        _ handler: Handler, context: BluetoothContext, delegate: any ManagedDeviceDelegate
    ) {
        self.id = id
        self.address = address
        self.family = family
        self.session = session
        self.handler = handler
        self.context = context
        self.delegate = delegate
        counters = context.registry.counters(of: id)
    }

    var isLinked: Bool { link != nil }
    var isReady: Bool { readySince != nil }
    var strayValues: Int { (link?.session ?? session).core.strayValues }
    var oversizedPackets: Int { previousOversizedPackets + (link?.oversized ?? 0) }

    func connect(over socket: any PacketSocket, timeout: Nanoseconds) {
        guard link == nil else { return }
        endReason = nil
        let link = SessionLink(
            session, over: socket, timeout: timeout, timers: context.timers,
            onOpen: { [weak self] in
                guard let self else { return }
                delegate?.linkOpened(self)
            },
            onOutput: { [weak self] in self?.handle($0) }, onClose: { [weak self] in self?.linkClosed($0) })
        self.link = link
        link.open()
    }

    func close() {
        link?.close()
    }

    func perform(_ command: DeviceCommand) throws(SessionCommandError) {
        guard let link else { throw .notConnected }
        try link.perform(command)
    }

    private func handle(_ output: Handler.Session.Output) {
        let moment = context.moment
        guard let event = handler.handle(output, at: moment) else { return }
        switch event {
        case .ready:
            readySince = moment.monotonic
            if let command = handler.sessionBecameReady(at: moment) { try? link?.perform(command) }
            delegate?.becameReady(self, at: moment)
        case .mtuRejected:
            if !hasLoggedMTURejection { Log.warning("\(id) does not accept long packets", ["SOURCE": id.text]) }
            hasLoggedMTURejection = true
        case .battery(let percent): context.registry.updateBattery(id, percent: percent, at: moment)
        case .rejected(let error):
            counters.countRejected()
            context.metrics.recordRejectedPacket(family, error.reason.rawValue)
        case .failed(let error):
            context.metrics.recordFailedRequest(family)
            Log.debug("\(id): request failed: \(error)")
        case .ended(let reason): endReason = reason
        }
    }

    private func linkClosed(_ error: LinkError) {
        guard let link else { return }
        let moment = context.moment
        let ending = LinkEnding(
            error: error, endReason: endReason, readyDuration: readySince.map { moment.monotonic - $0 })
        session = link.session
        previousOversizedPackets += link.oversized
        let wasReady = isReady
        (self.link, readySince, lastError) = (nil, nil, error)
        if wasReady { handler.sessionEnded(at: moment) }
        delegate?.linkClosed(self, ending, at: moment)
    }
}
