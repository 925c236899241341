import Drivers
import Events
import Hub
import Logging
import Reactor
import ShootingRange
import Surfaces

/// Assigns the demo sensors to targets when they are first discovered, unless the user has targets or assignments of their
/// own. Later changes by the user are kept.
@ReactorActor
final class DemoTargets {
    private let range: RangeService
    private let hub: Hub
    private let targets: [DeviceID: RangeTarget]
    /// Targets of sensors that have not been discovered yet.
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
            // Assigned in an earlier session without a store, which has lost the target itself.
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
            Log.warning("Demo: cannot assign \(sensor) to target \(target.id): \(error.text)")
        }
    }
}
