import Clocks
import Events

/// The table of all devices that the gateway has met. What happens to them goes in; what everybody must be told comes
/// out.
package struct KnownDevices: Hashable, Sendable {
    struct Limits: Hashable, Sendable {
        /// How many are remembered.
        var records = 512
        /// How many are adopted without being asked for: whoever sends many names by radio shall not fill the table.
        var adoptedUnasked = 64
    }

    package struct Policy: Hashable, Sendable {
        /// What becomes of a device that is met for the first time.
        package var adoption = Adoption.use
        /// Below this charge everybody is told; 0 tells nobody.
        package var lowBattery = 20

        package init(adoption: Adoption = .use, lowBattery: Int = 20) {
            self.adoption = adoption
            self.lowBattery = lowBattery
        }
    }

    private(set) var records: [DeviceID: DeviceRecord] = [:]
    var policy: Policy
    let limits: Limits

    /// How many devices found no room.
    private(set) var rejected: UInt64 = 0

    /// Something was learnt that must outlive the gateway.
    var needsSave = false

    /// A device that was only heard, and then not for this long, is discovered anew when it is heard again.
    static let presence = Nanoseconds.seconds(60)
    /// The charge must rise this much above the limit before it can be low again.
    static let batteryHysteresis = 5
    static let maximumNameBytes = 64

    /// - Parameter records: what is remembered; what is beyond the limit is not taken.
    init(_ records: [DeviceRecord] = [], policy: Policy = Policy(), limits: Limits = Limits()) {
        self.policy = policy
        self.limits = limits
        for record in records.prefix(limits.records) { self.records[record.id] = record }
    }

    subscript(id: DeviceID) -> DeviceRecord? { records[id] }

    /// Changes a record in its place; nothing happens to a device that is not known.
    @discardableResult
    mutating func change<Result>(_ id: DeviceID, _ body: (inout DeviceRecord) -> Result) -> Result? {
        records.index(forKey: id).map { body(&records.values[$0]) }
    }

    /// Puts a record in the place of the one that was there.
    mutating func replace(with record: DeviceRecord) { records[record.id] = record }

    mutating func remove(_ id: DeviceID) {
        if records.removeValue(forKey: id) != nil { needsSave = true }
    }

    /// Takes a device into the table, as the policy says. False when there is no room.
    mutating func insert(
        _ id: DeviceID, _ family: DeviceFamily, _ transport: DeviceTransport, isConfigured: Bool, at time: WallTime
    ) -> Bool {
        guard DeviceRecord.isID(id.text), records.count < limits.records || makeRoom() else {
            rejected += 1
            return false
        }
        var adoption = policy.adoption
        if adoption == .use, adoptedUnasked >= limits.adoptedUnasked { adoption = .ignore }
        if isConfigured || transport == .network { adoption = .use }
        records[id] = DeviceRecord(id, family: family, transport: transport, adoption: adoption, firstSeen: time)
        needsSave = true
        return true
    }

    /// Without a name given by the user, as far as anybody knows nobody asked for it.
    private var adoptedUnasked: Int {
        records.values.count { $0.adoption == .use && $0.transport != .network && $0.givenName == nil }
    }

    /// The one that nobody has heard of for the longest goes, those first that the user has not decided about.
    private mutating func makeRoom() -> Bool {
        let disposable = records.values.filter(\.isDisposable)
        let oldest = disposable.min { left, right in
            let (leftIsDecided, rightIsDecided) = (left.adoption == .forgotten, right.adoption == .forgotten)
            return leftIsDecided == rightIsDecided ? left.lastSeen < right.lastSeen : rightIsDecided
        }
        guard let oldest else { return false }
        records[oldest.id] = nil
        return true
    }
}
