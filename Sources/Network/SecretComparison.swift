/// Compares what a client presents with a secret. The time it takes reveals neither where the two differ nor how long the secret
/// is.
package enum SecretComparison {
    package static func areEqual(_ presented: [UInt8], _ secret: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return false }
        var difference = presented.count ^ secret.count
        for (index, byte) in presented.enumerated() { difference |= Int(byte ^ secret[index % secret.count]) }
        return difference == 0
    }
}
