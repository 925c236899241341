import Bluetooth
import Clocks
import Devices
import Events
import Hub
import Reactor

/// Publishes the heart rate of a strap, each beat, and changes of skin contact.
@ReactorActor
final class HeartStrapEventHandler: SessionEventHandler {
    typealias Session = HeartStrapSession

    private let id: DeviceID
    private let context: BluetoothContext
    private let hub: Hub
    private let hearts: HeartRateService
    private let counters: DeviceCounters
    private var contact: HeartContact?

    /// Intervals outside of this range are artefacts.
    private static let plausibleIntervals: ClosedRange<Nanoseconds> = .milliseconds(250)...(.milliseconds(2_500))

    init(_ id: DeviceID, context: BluetoothContext, hub: Hub, hearts: HeartRateService) {
        self.id = id
        self.context = context
        self.hub = hub
        self.hearts = hearts
        counters = context.registry.counters(of: id)
    }

    func handle(_ output: HeartStrapSession.Output, at moment: Moment) -> SessionEvent? {
        switch output {
        case .sessionEvent(let event): return event
        case .reading(.measurement(let measurement)): publish(measurement, at: moment)
        case .reading(.rejected(let reject)):
            counters.countRejected()
            context.metrics.recordRejectedFrame(.heartStrap, reject.reason)
        case .reading(.battery): break
        }
        return nil
    }

    func sessionBecameReady(at moment: Moment) -> DeviceCommand? {
        contact = nil
        return nil
    }

    func sessionEnded(at moment: Moment) {}

    /// The assigned user, or else one named after the strap.
    private var user: HeartUser { context.registry.user(of: id).map(HeartUser.number) ?? .text(id.text) }

    private func publish(_ measurement: HeartStrapMeasurement, at moment: Moment) {
        counters.countAccepted(at: moment)
        let reading = HeartReading(
            user: user, beatsPerMinute: .integer(Int64(measurement.beatsPerMinute)),
            fingerDetected: measurement.contact == .unsupported ? nil : measurement.contact == .good,
            deviceID: id.text)
        hearts.receive(reading, from: id.text, by: .bluetooth, family: .heartStrap, at: moment)
        publish(measurement.contact, at: moment)
        for interval in measurement.intervalDurations where interval > .zero { publish(interval, at: moment) }
    }

    private func publish(_ interval: Nanoseconds, at moment: Moment) {
        let beat = HeartBeatEvent(
            user: user, device: id, family: .heartStrap, beatsPerMinute: 60 / interval.inSeconds, interval: interval,
            isPlausible: Self.plausibleIntervals.contains(interval))
        hub.publish(.heartBeat(beat), at: moment)
    }

    private func publish(_ state: HeartStrapMeasurement.Contact, at moment: Moment) {
        guard state != .unsupported else { return }
        let now = state == .good ? HeartContact.good : .none
        guard now != contact else { return }
        let event = HeartContactEvent(
            user: user, device: id, family: .heartStrap, contact: now, previous: contact, infrared: nil)
        contact = now
        hub.publish(.heartContact(event), at: moment)
    }
}

extension HeartStrapDriver: BluetoothDriver {
    func makeConnection(_ connection: BluetoothConnectionContext) -> any ManagedDevice {
        let handler = HeartStrapEventHandler(
            connection.id, context: connection.context, hub: connection.receivers.hub,
            hearts: connection.receivers.hearts)
        return connection.device(family, HeartStrapSession(), handler)
    }
}
