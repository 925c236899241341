import Glibc

/// What probabilities are computed with.
enum Probability {
    static func exponential(_ value: Double) -> Double { Glibc.exp(value) }
    static func logarithm(_ value: Double) -> Double { Glibc.log(value) }

    /// The share of a swing's time that it spends below a place, of which 0 and 1 are the ends.
    static func arcsineDistribution(_ place: Double) -> Double { Glibc.asin(place.squareRoot()) * 2 / Double.pi }

    /// The cost, a negative logarithm, of a deviation under a normal distribution.
    static func cost(of deviation: Double, variance: Double) -> Double {
        0.5 * (deviation * deviation / variance + logarithm(2 * Double.pi * variance))
    }

    /// How sure one is of something that is cheaper than everything else by so much.
    static func confidence(margin: Double) -> Double { 1 / (1 + exponential(-margin)) }
}
