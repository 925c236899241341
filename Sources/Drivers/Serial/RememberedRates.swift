import Hotplug
import Reactor
import Store

/// The baud rate at which each device was recognised: the first to try after a restart.
struct RememberedRates: Sendable, Equatable {
    static let maximumPorts = 256
    private(set) var identities: [String] = []
    private var rates: [String: Int] = [:]

    /// Skips invalid documents: the rates are only hints.
    init(_ documents: [StoredDocument] = []) {
        for document in documents where document.kind == .serialRate {
            guard let rate = Int(String(decoding: document.body, as: UTF8.self)), 50...12_000_000 ~= rate else {
                continue
            }
            _ = remember(rate, for: document.name)
        }
    }

    subscript(identity: String) -> Int? { rates[identity] }

    /// Returns the changes to store: none if the rate is known. The oldest entry is dropped at the limit.
    mutating func remember(_ rate: Int, for identity: String) -> [StoreWrite] {
        guard rates[identity] != rate else { return [] }
        identities.removeAll { $0 == identity }
        var changes = [StoreWrite.document(.serialRate, name: identity, body: Array(String(rate).utf8))]
        if identities.count == Self.maximumPorts {
            let oldest = identities.removeFirst()
            rates[oldest] = nil
            changes.append(.document(.serialRate, name: oldest, body: nil))
        }
        identities.append(identity)
        rates[identity] = rate
        return changes
    }
}

/// Persists the remembered rates.
@ReactorActor
final class BaudRateStore {
    private let store: DataStore?
    private var rates: RememberedRates

    /// Without a store the rates are kept in memory only.
    init(_ store: DataStore?) {
        self.store = store
        rates = RememberedRates(store?.state?.documents ?? [])
    }

    subscript(identity: String) -> Int? { rates[identity] }

    func remember(_ rate: Int, for identity: String) {
        for change in rates.remember(rate, for: identity) { store?.put(change) }
    }
}
