/// Why an entry does not go into the journal.
package enum JournalReject: String, Error, Equatable, Sendable {
    /// The journal is closing, or closed.
    case closed
    /// Its sequence number is not above that of the entry before.
    case outOfOrder = "out_of_order"
    /// Its body is longer than the journal takes.
    case tooLong = "too_long"
}

/// What has happened to entries since the start, for the metrics. What was dropped for lack of room the queue counts.
package struct JournalCounters: Equatable, Sendable {
    package var appended = 0
    package var rejected: [JournalReject: Int] = [:]
    package var committed = 0
    package var commits = 0
    /// By retention.
    package var deleted = 0
    /// By the name of the reason.
    package var failures: [String: Int] = [:]

    package init() {}
}
