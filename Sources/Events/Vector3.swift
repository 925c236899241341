/// Three axes of one quantity; the unit is that of the property that holds it.
package struct Vector3: Hashable, Sendable {
    package let x: Double
    package let y: Double
    package let z: Double

    package init(x: Double, y: Double, z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }
}
