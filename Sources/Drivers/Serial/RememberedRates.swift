import Hotplug

/// At which speed each device was understood, so that after a restart it is the first that is tried. One line of text
/// for each: identity, speed.
struct RememberedRates: Sendable, Equatable {
    static let maximumPorts = 256
    private(set) var rates: [(identity: String, rate: Int)] = []

    init() {}

    /// What cannot be read is forgotten: it is only a hint.
    init(text: String) {
        for line in text.split(separator: "\n").suffix(Self.maximumPorts) {
            let words = line.split(separator: " ")
            guard words.count == 2, let rate = Int(words[1]), 50...12_000_000 ~= rate else { continue }
            remember(rate, for: String(words[0]))
        }
    }

    subscript(identity: String) -> Int? { rates.first { $0.identity == identity }?.rate }

    /// True when that is news. The latest stands last, and the longest unheard of makes room.
    @discardableResult
    mutating func remember(_ rate: Int, for identity: String) -> Bool {
        guard self[identity] != rate, !identity.contains(" ") else { return false }
        rates.removeAll { $0.identity == identity }
        if rates.count == Self.maximumPorts { rates.removeFirst() }
        rates.append((identity, rate))
        return true
    }

    var text: String { rates.map { "\($0.identity) \($0.rate)\n" }.joined() }

    static func == (left: Self, right: Self) -> Bool { left.text == right.text }
}
