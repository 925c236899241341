/// Identifiers that cannot be guessed: a client with the identifier may send messages for its session.
enum SessionIdentifier {
    /// Twenty characters from 120 random bits.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let characters = (0..<20).map { _ in alphabet[Int(generator.next(upperBound: UInt(alphabet.count)))] }
        return String(decoding: characters, as: UTF8.self)
    }
}
