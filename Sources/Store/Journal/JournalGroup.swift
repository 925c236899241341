/// A group of entries with a share of the journal of its own, so that a flood of one group does not push out the others.
package enum JournalGroup: Int, CaseIterable, Sendable {
    /// Readings and what follows from their absence, and events of applications: anybody on the network can cause any
    /// number of them.
    case telemetry
    case timer
    case impact
    case run
    /// Everything else: what happened to devices and to the gateway.
    case audit

    /// - Parameter kind: the kind of an entry, as stored.
    package init(kind: String) {
        self =
            switch kind {
            case "timer": .timer
            case "impact": .impact
            case "run": .run
            case "pressure", "motion", "measurement", "application": .telemetry
            default: kind.hasPrefix("heart") ? .telemetry : .audit
            }
    }

    /// A stable name, also in the database.
    package var name: String {
        switch self {
        case .telemetry: "telemetry"
        case .timer: "timer"
        case .impact: "impact"
        case .run: "run"
        case .audit: "audit"
        }
    }

    /// The part of the journal, in sixteenths, that no other group can take. Any group may use what others leave unused.
    var share: Int {
        switch self {
        case .telemetry, .audit: 1
        case .timer, .run: 2
        case .impact: 4
        }
    }
}

/// How many bytes of the journal the entries of each group take.
package struct JournalGroupBytes: Equatable, Sendable {
    private var bytes = [Int](repeating: 0, count: JournalGroup.allCases.count)
    /// The entries up to this number are counted.
    package var countedThrough: Int64 = 0
    /// Whether these are all entries.
    package var isComplete = false

    package init() {}

    package subscript(group: JournalGroup) -> Int {
        get { bytes[group.rawValue] }
        set { bytes[group.rawValue] = max(0, newValue) }
    }

    /// An entry was appended.
    mutating func add(_ entry: JournalEntry) {
        guard isComplete else { return }
        self[JournalGroup(kind: entry.kind)] += Self.weight(entry.body.count)
        countedThrough = entry.sequence
    }

    /// What an entry takes: its body, and what surrounds it in the file.
    static func weight(_ bodyBytes: Int) -> Int { bodyBytes + 48 }
}
