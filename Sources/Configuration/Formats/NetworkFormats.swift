import Network

extension ValueFormat where Value == IPNetwork {
    /// An address, or a network as an address and the length of its prefix.
    static var network: Self {
        Self(expected: "an address or a network", example: "\"192.168.4.0/24\"") { node in
            guard case .scalar(let scalar) = node.content, !scalar.isNull else { return .failure(.wrongKind(node)) }
            do throws(IPNetwork.ParseError) {
                return .success(try IPNetwork(scalar.text))
            } catch {
                return .failure(.wrongKind(node, hint: error.clause))
            }
        } write: {
            ValueFormat<String>.quoted($0.text)
        }
    }
}

extension IPNetwork.ParseError {
    fileprivate var clause: String {
        switch self {
        case .noAddress: "it is written as 192.168.4.0/24 or fd00::/8"
        case .invalidPrefix(let longest): "the number after the slash is 0 to \(longest)"
        }
    }
}

extension ValueFormat where Value == Configuration.Heart.UserKey {
    /// One line: the user, a space, and the key. Messages never repeat it.
    static var userKey: Self {
        var format = Self(
            expected: "a user and a key of 16 to 256 visible ASCII characters", example: "\"1 9f86d081884c7d65\""
        ) { node in
            guard case .scalar(let scalar) = node.content, !scalar.isNull else { return .failure(.wrongKind(node)) }
            guard let value = Configuration.Heart.UserKey(scalar.text) else {
                return .failure(ValueError(reason: .wrongKind, found: "a text of \(scalar.text.utf8.count) bytes"))
            }
            return .success(value)
        } write: {
            ValueFormat<String>.quoted("\($0.user) \($0.key)")
        }
        format.isSecret = true
        return format
    }
}

extension Configuration.Heart.UserKey {
    fileprivate init?(_ line: String) {
        guard let space = line.lastIndex(of: " ") else { return nil }
        user = String(line[..<space])
        key = String(line[line.index(after: space)...])
        let visible: ClosedRange<UInt8> = 0x21...0x7E
        guard (1...256).contains(user.utf8.count), (16...256).contains(key.utf8.count),
            key.utf8.allSatisfy(visible.contains), user.first != " ", user.last != " "
        else { return nil }
    }
}
