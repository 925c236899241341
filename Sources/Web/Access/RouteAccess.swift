/// What a token allows. Each role includes those before it.
package enum AccessRole: String, CaseIterable, Comparable, Sendable {
    /// Reading everything that a client can read.
    case read
    /// Changing what concerns the range, its devices and its data.
    case operate
    /// Tokens, and who did what.
    case admin

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .read: 0
        case .operate: 1
        case .admin: 2
        }
    }
}

/// What a route does, and so who may use it. It stands beside the route.
package enum RouteAccess: Hashable, CaseIterable, Sendable {
    /// Shows nothing of the range: a page without data, how to trust the certificate. Nobody needs a token.
    case open
    case reads
    /// Signs in or out: without a token, but only from own pages.
    case signsIn
    /// Changes a simulation and nothing else: a page that was opened from a file may do so.
    case simulates
    /// Brings measurements in, many a second: like a change, but not recorded one by one.
    case delivers
    /// Changes something.
    case operates
    /// Reads what lets others in, such as the password of the gateway's network: like a change, but nothing changes.
    case invites
    /// Reads who did what. Without tokens it is as open as changes.
    case audits
    /// Concerns the rights of others. Without tokens, only programs and pages on this machine may do it.
    case administers

    /// Whether the rules for changes hold, about the page that asks and the host that it names.
    package var isChange: Bool { self != .open && self != .reads }

    /// Whether each use is recorded in the audit trail.
    var isRecorded: Bool {
        switch self {
        case .open, .reads, .delivers, .invites, .audits: false
        case .signsIn, .simulates, .operates, .administers: true
        }
    }

    /// The role that it needs when there are tokens; nil if it needs none.
    package func role(protectingEverything: Bool) -> AccessRole? {
        switch self {
        case .open, .signsIn: nil
        case .reads: protectingEverything ? .read : nil
        case .simulates, .delivers, .operates, .invites: .operate
        case .audits, .administers: .admin
        }
    }
}
