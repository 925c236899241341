import Bluetooth
import Clocks
import Devices
import Events
import Hub
import Reactor

/// What a strap says: a heart like any other, and besides each beat and how the strap lies.
@ReactorActor
final class StrapVoice: DeviceVoice {
    typealias Session = HeartStrapSession

    private let id: DeviceID
    private let house: BluetoothHouse
    private let hub: Hub
    private let hearts: HeartStation
    private let tally: DeviceTally
    private var contact: HeartContact?

    /// Shorter and longer than this no heart beats.
    private static let believable: ClosedRange<Nanoseconds> = .milliseconds(250)...(.milliseconds(2_500))

    init(_ id: DeviceID, house: BluetoothHouse, hub: Hub, hearts: HeartStation) {
        self.id = id
        self.house = house
        self.hub = hub
        self.hearts = hearts
        tally = house.registry.tally(of: id)
    }

    func hear(_ output: HeartStrapSession.Output, at moment: Moment) -> SessionNotice? {
        switch output {
        case .notice(let notice): return notice
        case .reading(.measurement(let measurement)): take(measurement, at: moment)
        case .reading(.refused(let reject)):
            tally.refused()
            house.figures.frameRefused(.heartStrap, reject.reason)
        case .reading(.battery): break
        }
        return nil
    }

    func ready(at moment: Moment) {
        contact = nil
    }

    func lost(at moment: Moment) {}

    /// A user of its own, unless somebody has said whose heart it hears.
    private var user: HeartUser { house.registry.user(of: id).map(HeartUser.number) ?? .text(id.text) }

    private func take(_ measurement: HeartStrapMeasurement, at moment: Moment) {
        tally.heard(at: moment)
        let reading = HeartReading(
            user: user, beatsPerMinute: .integer(Int64(measurement.beatsPerMinute)),
            fingerDetected: measurement.contact == .unsupported ? nil : measurement.contact == .good,
            deviceID: id.text)
        hearts.take(reading, from: id.text, by: .bluetooth, family: .heartStrap, at: moment)
        tell(measurement.contact, at: moment)
        for interval in measurement.intervalDurations where interval > .zero { tell(interval, at: moment) }
    }

    private func tell(_ interval: Nanoseconds, at moment: Moment) {
        let beat = HeartBeatEvent(
            user: user, device: id, family: .heartStrap, beatsPerMinute: 60 / interval.inSeconds, interval: interval,
            isBelievable: Self.believable.contains(interval))
        hub.publish(.heartBeat(beat), at: moment)
    }

    private func tell(_ word: HeartStrapMeasurement.Contact, at moment: Moment) {
        guard word != .unsupported else { return }
        let now = word == .good ? HeartContact.good : .none
        guard now != contact else { return }
        let event = HeartContactEvent(
            user: user, device: id, family: .heartStrap, contact: now, former: contact, infrared: nil)
        contact = now
        hub.publish(.heartContact(event), at: moment)
    }
}
