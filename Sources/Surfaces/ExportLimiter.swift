import Reactor
import Web

/// Limits concurrent exports, since each holds a part of what it sends. A host that reads slowly keeps its own exports
/// waiting, not those of others.
@ReactorActor
final class ExportLimiter {
    private let maximum: Int
    private let maximumPerHost: Int
    private var hosts: [String] = []

    init(maximum: Int = 8, perHost maximumPerHost: Int = 2) {
        self.maximum = maximum
        self.maximumPerHost = maximumPerHost
    }

    /// Counts an export that begins. Returns why it may not begin.
    func begin(to host: String) -> String? {
        let ofHost = hosts.count { $0 == host }
        guard ofHost < maximumPerHost, hosts.count < maximum else {
            return "\(ofHost) exports to \(host) and \(hosts.count) in all are in progress; try again later"
        }
        hosts.append(host)
        return nil
    }

    /// An export that was counted has ended, or did not begin.
    func end(to host: String) {
        if let index = hosts.firstIndex(of: host) { hosts.remove(at: index) }
    }
}
