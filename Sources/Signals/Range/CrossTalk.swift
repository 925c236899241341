import Events

/// Plates on one rack shake each other: of impacts at the same time on sensors of one rack, the strongest is the blow.
enum CrossTalk {
    /// The rack carries a blow on within that, and nobody shoots that fast, in seconds.
    static let window = 0.045

    /// The impacts that are echoes, and of which.
    static func find(in impacts: [PairingImpact], _ models: [DeviceID: DelayModel]) -> [UInt64: UInt64] {
        let racked = impacts.filter { $0.rack != nil }.sorted { ($0.strength, $1.id) > ($1.strength, $0.id) }
        var echoes: [UInt64: UInt64] = [:]
        for (place, impact) in racked.enumerated() {
            // The strongest comes first, so an echo is one of a blow, never of another echo.
            let blow = racked[..<place].first { stronger in
                stronger.rack == impact.rack && stronger.sensor != impact.sensor && echoes[stronger.id] == nil
                    && abs(apart(impact, stronger, models)) <= window + stronger.error + impact.error
            }
            if let blow { echoes[impact.id] = blow.id }
        }
        return echoes
    }

    /// How much later the one came, without what the two sensors differ in, as far as that is known.
    private static func apart(
        _ impact: PairingImpact, _ other: PairingImpact, _ models: [DeviceID: DelayModel]
    ) -> Double {
        let apart = impact.time - other.time
        guard let model = models[impact.sensor], let otherModel = models[other.sensor], model.isLearnt,
            otherModel.isLearnt
        else { return apart }
        return apart - (model.mean - otherModel.mean)
    }
}
