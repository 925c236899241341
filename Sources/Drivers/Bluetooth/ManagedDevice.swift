import Bluetooth
import Clocks
import Events
import Reactor

/// A device that the gateway keeps a link to, from one link to the next. What it is and what is said with it is the affair
/// of its session; here it only matters whether it is there.
@ReactorActor
protocol ManagedDevice: AnyObject {
    var id: DeviceID { get }
    var address: BluetoothAddress { get }
    var family: DeviceFamily { get }
    /// There is a link, or one is being made.
    var isLinked: Bool { get }
    /// The session is set up, and what the device says is told.
    var isReady: Bool { get }
    var reconnect: ReconnectPolicy { get set }
    /// When it was last found in the air.
    var lastSeen: MonotonicTime? { get set }
    /// How the last link, or the last attempt at one, has ended.
    var lastError: LinkError? { get }
    /// Values that came before it was known what they are, and packets that were too long, on all links.
    var strayValues: Int { get }
    var oversizedPackets: Int { get }

    /// Begins. The owner may be told of the outcome before this returns.
    func connect(over socket: any PacketSocket, timeout: Nanoseconds)

    func close()
}

/// Whoever looks after the devices.
@ReactorActor
protocol ManagedDeviceDelegate: AnyObject {
    /// There is a connection, though nothing was said yet.
    func linkOpened(_ device: any ManagedDevice)
    func becameReady(_ device: any ManagedDevice, at moment: Moment)
    func linkClosed(_ device: any ManagedDevice, _ ending: LinkEnding, at moment: Moment)
}

/// How a link, or the attempt at one, has ended.
struct LinkEnding {
    let loss: LinkError
    /// Why the session had given it up, if it had.
    let end: SessionEndReason?
    /// How long the session was ready; nil when it never was.
    let held: Nanoseconds?

    /// As everybody is told.
    var reason: DeviceEvent.LossReason {
        switch (end, loss) {
        case (.silent, _), (.unanswered, _): .silent
        case (.some, _): .linkLost
        case (nil, .peerDisconnected): .disconnected
        case (nil, .closed): .released
        case (nil, _): .linkLost
        }
    }

    /// A stable name for counters and logs.
    var name: String {
        switch end {
        case nil: loss.name
        case .missing: "missing"
        case .setup: "setup"
        case .setupTooSlow: "setup_too_slow"
        case .unanswered: "unanswered"
        case .silent: "silent"
        }
    }

    /// For people.
    var text: String {
        switch end {
        case nil: "\(loss)"
        case .missing(let name): "it does not offer \(name), so it is not what it looks like"
        case .setup(let failure): "it could not be found out what it offers (\(failure))"
        case .setupTooSlow: "it took too long to say what it offers"
        case .unanswered: "it has not answered a request"
        case .silent: "it is connected and says nothing"
        }
    }
}
