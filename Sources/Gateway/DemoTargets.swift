import Drivers
import Events
import Hub
import Logging
import Reactor
import ShootingRange
import Surfaces

/// Puts the sensors of the demonstration on targets, the way in which a user does it, and only as long as the user has not
/// done anything of that kind: where there are other targets, or other assignments, all stays as it is. A sensor is put on
/// its target when it is met for the first time; what is decided about it afterwards stays decided.
@ReactorActor
final class DemoTargets {
    private let range: RangeService
    private let hub: Hub
    private let targets: [DeviceID: RangeTarget]
    /// Those that have not been met yet.
    private var pendingTargets: [DeviceID: RangeTarget] = [:]
    private var subscription: Hub.Subscription?

    private static let defaultTargets = [
        RangeTarget(id: "left-popper", name: "Left popper", location: TargetPoint(x: -2.3, y: 1.2)),
        RangeTarget(id: "plate", name: "Plate", location: TargetPoint(x: 0.4, y: 1.8)),
        RangeTarget(id: "right-popper", name: "Right popper", location: TargetPoint(x: 2.6, y: 1.2)),
    ]

    init(_ sensors: [DeviceID], on range: RangeService, hub: Hub) {
        self.range = range
        self.hub = hub
        targets = Dictionary(uniqueKeysWithValues: zip(sensors, Self.defaultTargets))
    }

    func start() {
        guard !hasUserTargets else { return }
        for (sensor, target) in targets {
            switch range.registry[sensor]?.role.target {
            case nil where range.registry[sensor] == nil: pendingTargets[sensor] = target
            // Of the last time; without a store the targets themselves are gone.
            case target.id? where range.targets[target.id] == nil: assign(sensor, to: target)
            default: break
            }
        }
        guard !pendingTargets.isEmpty else { return }
        subscription = hub.subscribe { [weak self] event in
            if case .device(let event) = event.body { self?.assignIfPending(event.device) }
        }
    }

    func stop() {
        if let subscription = subscription.take() { hub.unsubscribe(subscription) }
    }

    /// Whether the user has targets, or sensors on targets.
    private var hasUserTargets: Bool {
        let known = Set(targets.values.map(\.id))
        return range.targets.all.contains { !known.contains($0.id) }
            || range.registry.records.contains { $0.role.target != nil && $0.role.target != targets[$0.id]?.id }
    }

    private func assignIfPending(_ sensor: DeviceID) {
        guard let target = pendingTargets.removeValue(forKey: sensor) else { return }
        assign(sensor, to: target)
    }

    private func assign(_ sensor: DeviceID, to target: RangeTarget) {
        do {
            try range.putTarget(target, sensors: [sensor.text])
        } catch {
            Log.warning("Demonstration: \(sensor) is on no target: \(error.text)")
        }
    }
}
