/// What was found, or begun, when the journal was opened.
package struct OpenedJournal: Equatable, Sendable {
    package var path: String
    /// Names this gateway among all. With an entry's sequence number it names that entry among all.
    package var gatewayID: String
    /// No number above this one has ever been given out: count on from here. After a crash that leaves a gap, because
    /// clients may have seen entries which the disk had not yet.
    package var lastSequence: Int64
    /// The highest sequence number of an entry that is there; 0 if there is none.
    package var lastStored: Int64
    package var wasCreated: Bool
    /// False after a crash or a power cut, and when it is opened again after a failure.
    package var wasClosedCleanly: Bool
    /// Up to where each follower has got the entries.
    package var cursors: [String: Int64]

    package init(
        path: String, gatewayID: String, lastSequence: Int64, lastStored: Int64, wasCreated: Bool,
        wasClosedCleanly: Bool,
        cursors: [String: Int64] = [:]
    ) {
        self.path = path
        self.gatewayID = gatewayID
        self.lastSequence = lastSequence
        self.lastStored = lastStored
        self.wasCreated = wasCreated
        self.wasClosedCleanly = wasClosedCleanly
        self.cursors = cursors
    }

    /// No gateway gets this far in ten thousand years; a damaged file may say so. Half of what JSON's readers can hold.
    package static let highestPlausibleSequence: Int64 = 1 << 52

    /// How many numbers a crash may cost: an hour's worth, at a pace that no range reaches.
    package static let numbersSkippedAfterCrash: Int64 = 1_000_000
}

/// From where the gateway counts on after a start.
package struct JournalStart: Equatable, Sendable {
    /// The first event gets the number after this one.
    package var resumeSequence: Int64
    /// False if nobody could tell how far the journal had counted; then the number is one that is safe.
    package var wasRead: Bool
    package var health: StoreHealth
}

/// What a journal that has to begin anew takes over from the one before.
package struct JournalIdentity: Equatable, Sendable {
    package var gatewayID: String?
    package var lastSequence: Int64

    package init(gatewayID: String? = nil, lastSequence: Int64 = 0) {
        self.gatewayID = gatewayID
        self.lastSequence = lastSequence
    }
}
