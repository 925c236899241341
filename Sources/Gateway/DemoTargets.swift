import Drivers
import Events
import Hub
import Logging
import Reactor
import ShootingRange
import Surfaces

/// Assigns the sensors of the demonstration to targets through the API, unless the user has other targets or assignments.
/// A sensor is assigned when it is first seen; later changes by the user are kept.
@ReactorActor
final class DemoTargets {
    private let range: RangeService
    private let registry: DeviceRegistry
    private let hub: Hub
    private let targets: [DeviceID: RangeTarget]
    /// Sensors that have not been seen yet.
    private var pendingTargets: [DeviceID: RangeTarget] = [:]
    private var subscription: Hub.Subscription?

    private static let defaultTargets = [
        RangeTarget(id: "left-popper", name: "Left popper", location: TargetPoint(x: -2.3, y: 1.2)),
        RangeTarget(id: "plate", name: "Plate", location: TargetPoint(x: 0.4, y: 1.8)),
        RangeTarget(id: "right-popper", name: "Right popper", location: TargetPoint(x: 2.6, y: 1.2)),
    ]

    init(_ sensors: [DeviceID], on range: RangeService, registry: DeviceRegistry, hub: Hub) {
        self.range = range
        self.registry = registry
        self.hub = hub
        targets = Dictionary(uniqueKeysWithValues: zip(sensors, Self.defaultTargets))
    }

    func start() {
        guard !hasUserTargets else { return }
        for (sensor, target) in targets {
            switch registry[sensor]?.role.target {
            case nil where registry[sensor] == nil: pendingTargets[sensor] = target
            // Assigned in an earlier run; without a store the targets are lost.
            case target.id? where !hasTarget(target.id): assign(sensor, to: target)
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

    /// Whether the user has defined targets or assigned sensors.
    private var hasUserTargets: Bool {
        let known = Set(targets.values.map(\.id))
        return range.targetList.contains { !known.contains($0.target.id) }
            || registry.records.contains { $0.role.target != nil && $0.role.target != targets[$0.id]?.id }
    }

    private func hasTarget(_ id: String) -> Bool { range.targetList.contains { $0.target.id == id } }

    private func assignIfPending(_ sensor: DeviceID) {
        guard let target = pendingTargets.removeValue(forKey: sensor) else { return }
        assign(sensor, to: target)
    }

    private func assign(_ sensor: DeviceID, to target: RangeTarget) {
        do {
            try range.putTarget(target, sensors: [sensor.text])
        } catch {
            Log.warning("Demo: \(sensor) cannot be assigned to a target: \(error.text)")
        }
    }
}
