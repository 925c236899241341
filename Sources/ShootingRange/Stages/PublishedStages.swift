/// The stages of two leagues, as the leagues publish them.
enum PublishedStages {
    struct LeagueLayout: Sendable {
        let name: String
        let abbreviation: String
        let stages: [(name: String, targets: [StageTargetLayout])]

        /// Each target is `SHAPE DISTANCE/OFFSET/HEIGHT` in feet, followed by `*` for the stop plate or `!` for a penalty
        /// target. Shapes: c12 and c10 are round plates of 12 and 10 inches, r is a gong of 18 by 24 inches.
        init(_ name: String, _ abbreviation: String, _ stages: KeyValuePairs<String, String>) {
            self.name = name
            self.abbreviation = abbreviation
            self.stages = stages.map { ($0.key, $0.value.split(separator: ",").compactMap(Self.target)) }
        }

        private static func target(_ text: Substring) -> StageTargetLayout? {
            let words = text.split(separator: " ")
            guard words.count == 2, let shape = shapes[String(words[0])] else { return nil }
            let numbers = words[1].filter { !"*!".contains($0) }.split(separator: "/").compactMap { Double($0) }
            guard numbers.count == 3 else { return nil }
            let category: StageTarget.Category =
                words[1].hasSuffix("*") ? .stop : words[1].hasSuffix("!") ? .penalty : .primary
            return StageTargetLayout(
                shape: shape.name, type: shape.type, category: category, distance: Int(numbers[0]), offset: numbers[1],
                height: numbers[2])
        }

        private static let shapes: [String: (name: String, type: StageTarget.TargetType)] = [
            "c12": ("12\" Circle", .plate), "c10": ("10\" Circle", .plate), "r": ("18\"x24\" Rectangle", .gong),
        ]
    }

    static let leagues = [
        LeagueLayout(
            "SASP", "SASP",
            [
                "Exclamation": "c12 30/-12/5, c12 36/-8/4, c10 42/-4/3, c10 48/0/3, r 30/12/5*",
                "V": "c12 54/-6/3, c10 36/-2.5/4, c12 24/0/5*, c10 36/2.5/4, c12 54/6/3",
                "Go Fast": "r 30/-8/5.5, r 30/-4/5.5, c12 24/0/5*, r 30/4/5.5, r 30/8/5.5",
                "Focus": "c12 24/-16/5, c12 30/-8/5, c12 36/0/5, c12 42/8/5, c12 48/16/5*",
                "In & Out": "c12 54/-6/5, c10 24/-6/5, c12 36/0/5*, c10 24/6/5, c12 54/6/5",
                "Speedtrap": "c12 30/-14/5, c10 36/-7/5, r 75/0/5.5, c10 36/7/5, c12 30/14/5*",
                "M": "c12 43/-6/3*, c12 47/-3/5, c12 45/0/4, c12 47/3/5, c12 43/6/3",
                "Popquiz": "c10 25/-8/5, c12 45/-1.5/5, r 40/0/5!, c12 35/0/5*, c12 45/1.5/5, c10 25/8/5",
            ]),
        LeagueLayout(
            "Steel Challenge", "SC",
            [
                "5 to Go": "c12 21/-10/5, c12 27/-5/5, c12 33/5/5, c12 39/10/5, c12 30/0/5*",
                "Showdown": "c12 21/-7/5, c12 21/7/5, c12 30/-7/5, c12 30/7/5, c12 25/0/5*",
                "Smoke & Hope": "r 21/-12/5, r 21/-6/5, r 21/6/5, r 21/12/5, c12 21/0/5*",
                "Outer Limits": "c12 35/-12/5, c12 35/12/5, c12 35/-6/5, c12 35/6/5, c12 35/0/5*",
                "Accelerator": "c12 20/-8/5, r 30/-4/5, r 30/4/5, c12 20/8/5, c12 25/0/5*",
                "Pendulum": "c12 35/-10/5, c12 40/-5/5, c12 40/5/5, c12 35/10/5, c12 30/0/5*",
                "Speed Option": "c12 20/-10/5, r 30/-5/5, r 30/5/5, c12 20/10/5, c12 25/0/5*",
                "Roundabout": "c12 20/-8/5, c12 25/-4/5, c12 25/4/5, c12 20/8/5, c12 23/0/5*",
            ]),
    ]
}
