import Bluetooth
import Clocks
import Events
import Reactor

/// A device that the gateway keeps connected, regardless of its kind.
@ReactorActor
protocol ManagedDevice: AnyObject {
    var id: DeviceID { get }
    var address: BluetoothAddress { get }
    var family: DeviceFamily { get }
    /// A link exists or is being made.
    var isLinked: Bool { get }
    /// The session is set up.
    var isReady: Bool { get }
    var reconnect: ReconnectPolicy { get set }
    /// The time of the last advertisement.
    var lastSeen: MonotonicTime? { get set }
    /// The error that ended the last link or attempt.
    var lastError: LinkError? { get }
    /// Values received before discovery, and packets that were too long, on all links.
    var strayValues: Int { get }
    var oversizedPackets: Int { get }

    /// Starts a connection. The delegate may be called before this returns.
    func connect(over socket: any PacketSocket, timeout: Nanoseconds)

    func close()

    func perform(_ command: DeviceCommand) throws(SessionCommandError)
}

@ReactorActor
protocol ManagedDeviceDelegate: AnyObject {
    /// The link is up; the session is not set up yet.
    func linkOpened(_ device: any ManagedDevice)
    func becameReady(_ device: any ManagedDevice, at moment: Moment)
    func linkClosed(_ device: any ManagedDevice, _ ending: LinkEnding, at moment: Moment)
}

/// How a link or a connection attempt ended.
struct LinkEnding {
    let error: LinkError
    /// Why the session ended the link, if it did.
    let endReason: SessionEndReason?
    /// How long the session was ready; nil if it never was.
    let readyDuration: Nanoseconds?

    /// The reason in the published event.
    var reason: DeviceEvent.LossReason {
        switch (endReason, error) {
        case (.silent, _), (.unanswered, _): .silent
        case (.some, _): .linkLost
        case (nil, .peerDisconnected): .disconnected
        case (nil, .closed): .released
        case (nil, _): .linkLost
        }
    }

    /// A stable name for counters and logs.
    var name: String {
        switch endReason {
        case nil: error.name
        case .missing: "missing"
        case .setup: "setup"
        case .setupTooSlow: "setup_too_slow"
        case .unanswered: "unanswered"
        case .silent: "silent"
        }
    }

    /// For logs.
    var text: String {
        switch endReason {
        case nil: "\(error)"
        case .missing(let name): "the device lacks \(name); it may be of another kind"
        case .setup(let error): "setup failed (\(error))"
        case .setupTooSlow: "setup timed out"
        case .unanswered: "a request was not answered"
        case .silent: "the device is connected but sends nothing"
        }
    }
}
