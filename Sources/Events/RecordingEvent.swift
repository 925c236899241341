import Clocks

/// A swing of a phone was seen, or one of its recordings changed.
package struct RecordingEvent: Hashable, Sendable {
    package let phone: DeviceID
    package let change: Change

    /// What has started a recording. The raw value is a stable name.
    package enum Trigger: String, CaseIterable, Sendable {
        case request, swing
    }

    package enum Change: Hashable, Sendable {
        /// By the phone's clock.
        case swing(at: WallTime)
        case started(name: String, Trigger)
        case stored(Stored)
        case deleted(id: String, name: String)

        /// The name in client messages.
        package var name: StaticString {
            switch self {
            case .swing: "swing_seen"
            case .started: "recording_started"
            case .stored: "recording_stopped"
            case .deleted: "recording_deleted"
            }
        }
    }

    /// What the recording holds at its end.
    package struct Stored: Hashable, Sendable {
        package let id: String
        package let name: String
        package let trigger: Trigger
        package let samples: Int
        package let duration: Nanoseconds

        package init(id: String, name: String, trigger: Trigger, samples: Int, duration: Nanoseconds) {
            self.id = id
            self.name = name
            self.trigger = trigger
            self.samples = samples
            self.duration = duration
        }
    }

    package init(phone: DeviceID, change: Change) {
        self.phone = phone
        self.change = change
    }

    /// A sentence for people, without a full stop.
    package var message: String {
        switch change {
        case .swing: "A swing of the phone \(phone) was seen"
        case .started(let name, _): "The recording \"\(name)\" of the phone \(phone) has started"
        case .stored(let stored):
            "The recording \"\(stored.name)\" of the phone \(phone) is stored: \(stored.samples) samples"
        case .deleted(_, let name): "The recording \"\(name)\" of the phone \(phone) was deleted"
        }
    }
}
