/// Something about the radio itself, by which all devices in the air are reached.
package struct AdapterEvent: Hashable, Sendable {
    /// Such as `hci0`; it may be another adapter after the next start.
    package let adapter: String
    package let change: Change

    package enum Change: Hashable, Sendable {
        /// It is powered, and can be used.
        case ready
        /// It was pulled out, or another one takes its place.
        case removed
        /// Something is wrong with it: a stable name, and the words for people.
        case failed(String, detail: String)
        /// What is tried against it: a stable name.
        case recovering(String)
        case recovered

        /// The name under which clients know it.
        package var name: StaticString {
            switch self {
            case .ready: "adapter_ready"
            case .removed: "adapter_gone"
            case .failed: "adapter_trouble"
            case .recovering: "adapter_remedy"
            case .recovered: "adapter_recovered"
            }
        }
    }

    package init(adapter: String, change: Change) {
        self.adapter = adapter
        self.change = change
    }
}
