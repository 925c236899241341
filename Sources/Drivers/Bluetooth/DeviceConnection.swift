import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// Keeps a device by its session, which is handed on from link to link, and tells what it says.
@ReactorActor
final class DeviceConnection<Handler: SessionEventHandler>: ManagedDevice {
    let id: DeviceID
    let address: BluetoothAddress
    let family: DeviceFamily
    let handler: Handler
    var reconnect = ReconnectPolicy()
    var lastSeen: MonotonicTime?
    private(set) var lastError: LinkError?

    private let context: BluetoothContext
    private let counters: DeviceCounters
    private weak var delegate: (any ManagedDeviceDelegate)?
    /// Between two links.
    private var session: Handler.Session
    private var link: SessionLink<Handler.Session>?
    private var readySince: MonotonicTime?
    private var endReason: SessionEndReason?
    private var previousOversizedPackets = 0
    private var hasLoggedMTURejection = false

    init(
        _ id: DeviceID, _ address: BluetoothAddress, _ family: DeviceFamily, _ session: Handler.Session,
        _ voice: Handler,
        context: BluetoothContext, delegate: any ManagedDeviceDelegate
    ) {
        self.id = id
        self.address = address
        self.family = family
        self.session = session
        self.handler = voice
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

    /// Has the session do something; nil when there is none.
    func withSession<Result>(_ body: (inout Handler.Session) throws -> Result) rethrows -> Result? {
        try link?.withSession(body)
    }

    private func handle(_ output: Handler.Session.Output) {
        let moment = context.moment
        guard let notice = handler.handle(output, at: moment) else { return }
        switch notice {
        case .ready:
            readySince = moment.monotonic
            handler.sessionBecameReady(at: moment)
            delegate?.becameReady(self, at: moment)
        case .mtuRejected:
            if !hasLoggedMTURejection { Log.warning("\(id) does not take long packets", ["SOURCE": id.text]) }
            hasLoggedMTURejection = true
        case .battery(let percent): context.registry.updateBattery(id, percent: percent, at: moment)
        case .rejected(let refusal):
            counters.countRejected()
            context.metrics.recordRejectedPacket(family, refusal.reason.rawValue)
        case .failed(let failure):
            context.metrics.recordFailedRequest(family)
            Log.debug("\(id) did not do what it was asked: \(failure)")
        case .ended(let end): self.endReason = end
        }
    }

    private func linkClosed(_ loss: LinkError) {
        guard let link else { return }
        let moment = context.moment
        let ending = LinkEnding(loss: loss, end: endReason, held: readySince.map { moment.monotonic - $0 })
        session = link.session
        previousOversizedPackets += link.oversized
        let wasReady = isReady
        (self.link, readySince, lastError) = (nil, nil, loss)
        if wasReady { handler.sessionEnded(at: moment) }
        delegate?.linkClosed(self, ending, at: moment)
    }
}
