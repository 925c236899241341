import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// Keeps a device by its session, which is handed on from link to link, and tells what it says.
@ReactorActor
final class SessionKeeper<Voice: DeviceVoice>: KeptDevice {
    let id: DeviceID
    let address: BluetoothAddress
    let family: DeviceFamily
    let voice: Voice
    var reconnect = ReconnectPolicy()
    var lastHeard: MonotonicTime?
    private(set) var lastLoss: LinkLoss?

    private let house: BluetoothHouse
    private let tally: DeviceTally
    private weak var owner: (any KeptDeviceOwner)?
    /// Between two links.
    private var session: Voice.Session
    private var link: SessionLink<Voice.Session>?
    private var readySince: MonotonicTime?
    private var end: SessionEnd?
    private var pastOversized = 0
    private var hasToldOfMTU = false

    init(
        _ id: DeviceID, _ address: BluetoothAddress, _ family: DeviceFamily, _ session: Voice.Session, _ voice: Voice,
        house: BluetoothHouse, owner: any KeptDeviceOwner
    ) {
        self.id = id
        self.address = address
        self.family = family
        self.session = session
        self.voice = voice
        self.house = house
        self.owner = owner
        tally = house.registry.tally(of: id)
    }

    var isLinked: Bool { link != nil }
    var isReady: Bool { readySince != nil }
    var strays: Int { (link?.session ?? session).core.strays }
    var oversized: Int { pastOversized + (link?.oversized ?? 0) }

    func connect(over socket: any PacketSocket, patience: Nanoseconds) {
        guard link == nil else { return }
        end = nil
        let link = SessionLink(
            session, over: socket, patience: patience, timers: house.timers,
            opened: { [weak self] in
                guard let self else { return }
                owner?.linkOpened(self)
            },
            said: { [weak self] in self?.hear($0) }, lost: { [weak self] in self?.lose($0) })
        self.link = link
        link.open()
    }

    func close() {
        link?.close()
    }

    /// Has the session do something; nil when there is none.
    func tell<Result>(_ body: (inout Voice.Session) throws -> Result) rethrows -> Result? {
        try link?.tell(body)
    }

    private func hear(_ output: Voice.Session.Output) {
        let moment = house.moment
        guard let notice = voice.hear(output, at: moment) else { return }
        switch notice {
        case .ready:
            readySince = moment.monotonic
            voice.ready(at: moment)
            owner?.becameReady(self, at: moment)
        case .mtuRefused:
            if !hasToldOfMTU { Log.warning("\(id) does not take long packets", ["SOURCE": id.text]) }
            hasToldOfMTU = true
        case .battery(let percent): house.registry.battery(id, percent: percent, at: moment)
        case .refused(let refusal):
            tally.refused()
            house.figures.packetRefused(family, refusal.reason.rawValue)
        case .failed(let failure):
            house.figures.requestFailed(family)
            Log.debug("\(id) did not do what it was asked: \(failure)")
        case .ended(let end): self.end = end
        }
    }

    private func lose(_ loss: LinkLoss) {
        guard let link else { return }
        let moment = house.moment
        let ending = LinkEnding(loss: loss, end: end, held: readySince.map { moment.monotonic - $0 })
        session = link.session
        pastOversized += link.oversized
        let wasReady = isReady
        (self.link, readySince, lastLoss) = (nil, nil, loss)
        if wasReady { voice.lost(at: moment) }
        owner?.linkLost(self, ending, at: moment)
    }
}
