/// Something to shoot at: a plate, a popper, a gong. Sensors are assigned to it by its id.
package struct RangeTarget: Hashable, Sendable {
    package let id: String
    package var name: String
    /// Where it stands on the stage.
    package var location: TargetPoint?
    /// Targets of one rack shake each other.
    package var rack: String?

    package init(id: String, name: String, location: TargetPoint? = nil, rack: String? = nil) {
        self.id = id
        self.name = name
        self.location = location
        self.rack = rack
    }
}
