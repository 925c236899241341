/// Elements that wait to be processed, in one bounded queue that their sources share fairly (deficit round robin): a source
/// that sends too much waits for itself and loses its own elements, not those of others.
///
/// A source is a host and a port. A host has a bounded number of ports with a place of their own, so that one host cannot
/// crowd out the others by sending from many.
struct FairQueue<Element> {
    struct Limits {
        /// Of everything that is queued.
        var weight = 512 << 10
        var sources = 512
        var sourcesPerHost = 32
        /// What a source may use up per round: about one short datagram, so that a round is short.
        var quantum = 512
    }

    typealias Source = FairQueueSource

    /// What waits of one source.
    private struct Flow {
        let source: Source
        var waiting: [(element: Element, weight: Int)] = []
        var head = 0
        var weight = 0
        var deficit = 0

        var isEmpty: Bool { head == waiting.count }
        var first: (element: Element, weight: Int)? { isEmpty ? nil : waiting[head] }

        mutating func removeFirst() -> (element: Element, weight: Int)? {
            guard let first else { return nil }
            head += 1
            weight -= first.weight
            // Elements that have been removed are released in blocks, at a constant cost per element.
            if head >= 64, head * 2 >= waiting.count {
                waiting.removeFirst(head)
                head = 0
            }
            return first
        }
    }

    private let limits: Limits
    private var flows: [Flow] = []
    /// Indices in `flows`.
    private var places: [Source: Int] = [:]
    private var sourcesOfHost: [IPAddress: Int] = [:]
    /// The index of the flow that is served next in this round.
    private var current = 0

    private(set) var count = 0
    private(set) var weight = 0
    /// Elements that were dropped, on arrival or later to make room for others.
    private(set) var dropped: UInt64 = 0

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    var isEmpty: Bool { count == 0 }
    var sourceCount: Int { flows.count }

    /// Queues an element, which is made only if there is room. False if it was dropped.
    @discardableResult
    mutating func add(from source: Source, weight: Int, _ element: () -> Element) -> Bool {
        let place = place(of: source)
        let held = place.map { flows[$0].weight } ?? 0
        while self.weight + weight > limits.weight {
            // With its share used up, the source has to wait. The average of all sources is that share.
            let share = limits.weight / max(1, flows.count + (place == nil ? 1 : 0))
            guard held + weight <= share, dropFromGreediest(above: held + weight) else {
                dropped += 1
                return false
            }
        }
        let index = place ?? open(source)
        flows[index].waiting.append((element(), weight))
        flows[index].weight += weight
        self.weight += weight
        count += 1
        return true
    }

    /// Removes and returns the next element; nil if there is none.
    mutating func next() -> Element? {
        guard count > 0 else { return nil }
        while true {
            if current >= flows.count { current = 0 }
            if let first = flows[current].first, first.weight <= flows[current].deficit { return removeFirst() }
            // An empty flow belongs to a source whose elements were all dropped.
            if flows[current].isEmpty {
                close(current)
            } else {
                flows[current].deficit += limits.quantum
                current += 1
            }
        }
    }

    private mutating func removeFirst() -> Element? {
        guard let (element, weight) = flows[current].removeFirst() else { return nil }
        flows[current].deficit -= weight
        self.weight -= weight
        count -= 1
        if flows[current].isEmpty { close(current) }
        return element
    }

    /// Drops the latest element of the source that holds the most. False if that is not more than `weight`.
    private mutating func dropFromGreediest(above weight: Int) -> Bool {
        guard let greediest = flows.indices.max(by: { flows[$0].weight < flows[$1].weight }),
            flows[greediest].weight > weight, let last = flows[greediest].waiting.popLast()
        else { return false }
        flows[greediest].weight -= last.weight
        self.weight -= last.weight
        count -= 1
        dropped += 1
        return true
    }

    /// The flow of a source; nil if it needs a new one.
    private func place(of source: Source) -> Int? {
        if let place = places[source] { return place }
        if sourcesOfHost[source.host, default: 0] >= limits.sourcesPerHost {
            return places[Source(host: source.host, port: 0)]
        }
        return flows.count < limits.sources ? nil : places[.others]
    }

    private mutating func open(_ source: Source) -> Int {
        let isCrowded = sourcesOfHost[source.host, default: 0] >= limits.sourcesPerHost
        let source = flows.count >= limits.sources ? .others : isCrowded ? Source(host: source.host, port: 0) : source
        flows.append(Flow(source: source))
        places[source] = flows.count - 1
        sourcesOfHost[source.host, default: 0] += 1
        return flows.count - 1
    }

    private mutating func close(_ index: Int) {
        let source = flows[index].source
        places[source] = nil
        if let count = sourcesOfHost[source.host] { sourcesOfHost[source.host] = count > 1 ? count - 1 : nil }
        // The last flow takes the free place.
        flows.swapAt(index, flows.count - 1)
        flows.removeLast()
        if index < flows.count { places[flows[index].source] = index }
    }
}

struct FairQueueSource: Hashable {
    let host: IPAddress
    /// 0 for further ports of the host.
    let port: UInt16

    init(_ address: SocketAddress) {
        self.init(host: address.ipAddress, port: address.port)
    }

    init(host: IPAddress, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Shared by the sources beyond the limit.
    fileprivate static let others = Self(host: IPAddress(high: 0, low: 0), port: 0)
}
