import Bluetooth
import Devices
import Events
import Hub
import Reactor

/// A driver of a device that is connected over Bluetooth.
@ReactorActor
protocol BluetoothDriver: DeviceDriver {
    /// Creates the connection: a session and the handler of its events.
    func makeConnection(_ connection: BluetoothConnectionContext) -> any ManagedDevice
}

/// The services that the events of Bluetooth devices go to.
@ReactorActor
package struct BluetoothReceivers {
    let hub: Hub
    let hearts: HeartRateService
    let mats: MatRegistry
    /// Receives the reports of timers and sensors.
    let range: (any RangeEventSink)?

    package init(hub: Hub, hearts: HeartRateService, mats: MatRegistry, range: (any RangeEventSink)?) {
        self.hub = hub
        self.hearts = hearts
        self.mats = mats
        self.range = range
    }
}

/// The device of a new connection, and the services that its events may go to.
@ReactorActor
struct BluetoothConnectionContext {
    let id: DeviceID
    let address: BluetoothAddress
    let context: BluetoothContext
    let delegate: any ManagedDeviceDelegate
    let receivers: BluetoothReceivers

    func device<Handler: SessionEventHandler>(
        _ family: DeviceFamily, _ session: Handler.Session, _ handler: Handler
    ) -> any ManagedDevice {
        DeviceConnection(id, address, family, session, handler, context: context, delegate: delegate)
    }
}

extension DeviceDrivers {
    static let bluetooth: [any BluetoothDriver] = all.compactMap { $0 as? any BluetoothDriver }
}
