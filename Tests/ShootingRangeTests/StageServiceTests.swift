import Clocks
import Events
import Reactor
import Store
import Testing

@testable import Drivers
@testable import ShootingRange

@Suite("Stages", .timeLimit(.minutes(10))) @ReactorActor
struct StageServiceTests {
    private let bed: RangeTestBed
    private let stages: StageService
    private static let (left, right) = (RangeTestBed.sensor(0), RangeTestBed.sensor(1))

    init() async throws {
        bed = try await RangeTestBed()
        stages = StageService(bed.service, registry: bed.registry, store: bed.store, siteName: "range")
    }

    private var numbers: [Int: String] {
        Dictionary(stages.assignments.map { ($0.number, $0.device.id.text) }) { first, _ in first }
    }

    @Test("begins with sixteen published stages, the first one in use")
    func published() throws {
        #expect(stages.leagues.map(\.name) == ["SASP", "Steel Challenge"])
        #expect(stages.stages(of: 1).map(\.id) == Array(1...8) && stages.stages(of: 2).map(\.id) == Array(9...16))
        #expect(stages.currentStage.name == "Exclamation" && bed.service.upcomingNames.stage == nil)
        let all = stages.stages.flatMap(\.targets)
        #expect(all.map(\.id) == Array(1...all.count), "ids are unique over all stages")
        let popquiz = try #require(stages.stage(8))
        #expect(popquiz.targets.map(\.category) == [.primary, .primary, .penalty, .stop, .primary, .primary])
        let gong = popquiz.targets[2]
        #expect(gong.shape == "18\"x24\" Rectangle" && gong.type == .gong && gong.distance == 40)
        #expect(popquiz.targets[1].offset == -1.5 && stages.stage(3)?.targets[0].height == 5.5)
        #expect(stages.stage(99) == nil && stages.stage(StagePlan.ownStage) == nil)
    }

    @Test("an assignment takes effect on the range at once")
    func assigning() throws {
        try stages.assign(Self.left, toNumber: 2)
        let (target, sensors) = try #require(bed.service.targetList.first)
        #expect(target.id == "target-2" && target.name == "Target 2" && sensors == [Self.left.text])
        #expect(target.location == TargetPoint(x: -2.438, y: 1.219), "8 feet to the left, 4 feet high")
        let sensor = try #require(bed.registry[Self.left])
        #expect(stages.view.target(of: sensor)?.id == 2)

        try stages.assign(Self.right, toNumber: 2)
        #expect(numbers == [2: Self.right.text], "a target has one sensor")
        try stages.assign(Self.right, toNumber: 5)
        #expect(numbers == [5: Self.right.text], "a sensor has one target")
        let unassigned = try stages.unassign(number: 5)
        #expect(unassigned.map(\.id) == [Self.right] && numbers == [:])
    }

    @Test("targets are defined for all numbers or for none")
    func defining() throws {
        try stages.choose(1, preserving: false)
        try stages.defineTargets([2])
        for number in 0..<254 {
            try bed.service.putTarget(RangeTarget(id: "own-\(number)", name: "Own"), sensors: nil)
        }
        #expect(throws: RangeError.self) { try stages.defineTargets([2, 3, 4]) }
        let ids = bed.service.targetList.map(\.target.id).filter { !$0.hasPrefix("own-") }
        #expect(ids == ["target-2"])
        try stages.defineTargets([2, 4])
        #expect(bed.service.targetList.count == 256)
    }

    @Test("an assignment on the range is seen here")
    func otherWay() throws {
        try bed.service.putTarget(RangeTarget(id: "target-3", name: "Third"), sensors: [Self.left.text])
        #expect(numbers == [3: Self.left.text])
        let stage = stages.currentStage
        #expect(stages.view.sensor(of: stage.targets[2], in: stage)?.id == Self.left)
    }

    @Test("the range's own targets are a stage, in use while no other was chosen")
    func ownStage() throws {
        try bed.service.putTarget(
            RangeTarget(id: "popper", name: "Popper", location: TargetPoint(x: 1, y: 9)), sensors: [Self.left.text])
        #expect(stages.currentStage.id == StagePlan.ownStage && stages.leagues.map(\.id) == [1, 2, 3])
        let target = try #require(stages.currentStage.targets.first)
        #expect(target.number == 1 && target.distance == 29 && target.offset == 3.3)
        #expect(numbers == [1: Self.left.text])
        try stages.assign(Self.right, toNumber: 1)
        #expect(bed.service.targetList.map(\.sensors) == [[Self.right.text]])

        try bed.service.removeTarget("popper")
        #expect(stages.currentStage.id == 1 && stages.leagues.count == 2)
        try bed.service.putTarget(RangeTarget(id: "popper", name: "Popper"), sensors: nil)
        #expect(stages.currentStage.targets.map(\.id) == [target.id + 1], "numbers are not reused")
    }

    @Test("choosing a stage names the next run, and clears or keeps the sensors")
    func choosing() throws {
        try stages.assign(Self.left, toNumber: 1)
        try stages.setTimer(RangeTestBed.timer)
        let count = try stages.choose(16, preserving: true).sensors
        #expect(count == 1)
        #expect(bed.service.upcomingNames.stage == "Steel Challenge - Roundabout")
        #expect(numbers == [1: Self.left.text] && stages.timer == RangeTestBed.timer)
        #expect(bed.service.targetList.first?.target.location == TargetPoint(x: -2.438, y: 1.524))

        try stages.choose(2, preserving: false)
        #expect(numbers == [:] && stages.timer == nil && bed.registry[Self.left]?.role == .sensor(target: nil))
        #expect(bed.service.targetList.isEmpty, "no targets are left of the former stage")
        #expect { try stages.choose(99, preserving: true) } throws: {
            $0 as? RangeError == .unknown("there is no stage 99")
        }
    }

    @Test("sensors can be prepared for a stage that is not in use")
    func preparing() throws {
        try stages.choose(1, preserving: true)
        try stages.assign(Self.left, toNumber: 1)
        let stage = try #require(stages.stage(2))
        try stages.assign(Self.left, to: stage.targets[3], of: stage)
        #expect(numbers == [:] && stages.view.sensor(of: stage.targets[3], in: stage)?.id == Self.left)
        let sensor = try #require(bed.registry[Self.left])
        #expect(stages.view.target(of: sensor)?.id == stage.targets[3].id)
        let count = try stages.choose(2, preserving: true).sensors
        #expect(count == 1)
        #expect(numbers == [4: Self.left.text])
    }

    @Test("assigning a sensor to a target of another stage chooses that stage if none was chosen")
    func implicitChoice() throws {
        let stage = try #require(stages.stage(5))
        try stages.assign(Self.left, to: stage.targets[0], of: stage)
        #expect(stages.currentStage.id == 5 && numbers == [1: Self.left.text])
        try stages.unassign(stage.targets[0], of: stage)
        #expect(numbers == [:])
    }

    @Test("an ignored device that is assigned is used")
    func adopting() throws {
        try bed.registry.decide(Self.left, DeviceDecision(adopt: false))
        try stages.assign(Self.left, toNumber: 1)
        #expect(bed.registry[Self.left]?.adoption == .use)
        #expect { try stages.assign(RangeTestBed.timer, toNumber: 1) } throws: {
            if case .conflict? = $0 as? RangeError { true } else { false }
        }
        #expect { try stages.assign(Self.left, toNumber: 11) } throws: {
            if case .invalid? = $0 as? RangeError { true } else { false }
        }
    }

    @Test("everything survives a restart, and no number is reused")
    func restart() async throws {
        let folder = try TemporaryRangeFolder()
        let first = try await RangeTestBed(file: folder.file)
        let before = StageService(first.service, registry: first.registry, store: first.store, siteName: "range")
        #expect(before.number(of: Self.left) == 1 && before.number(of: Self.right) == 2)
        try before.setSite(name: "Bay 3", identifier: "bay-3")
        try before.setTimer(RangeTestBed.timer)
        try before.choose(7, preserving: true)
        let (session, lease) = (try before.addSession("Friday", stage: nil), try before.nextLease())
        #expect(session.id == 1 && lease == 1)
        #expect(await first.store.close(within: .seconds(10)) == 0)

        let second = try await RangeTestBed(file: folder.file)
        let after = StageService(second.service, registry: second.registry, store: second.store, siteName: "other")
        #expect(after.currentStage.id == 7 && after.timer == RangeTestBed.timer && after.site.identifier == "bay-3")
        #expect(after.number(of: Self.right) == 2 && after.device(numbered: 1)?.id == Self.left)
        #expect(after.session(1)?.name == "Friday" && after.stages == before.stages)
        let (nextSession, nextLease) = (try after.addSession("Saturday", stage: 2), try after.nextLease())
        #expect(nextSession.id == 2 && nextLease == 2 && after.number(of: RangeTestBed.timer) == 3)
        #expect(await second.store.close(within: .seconds(10)) == 0)
    }

    @Test("ids of added leagues and stages follow those of the range's own")
    func adding() {
        var plan = StagePlan(siteName: "range", at: WallTime(nanoseconds: 0))
        let league = plan.addLeague("Imported", "I", description: nil)
        let stage = plan.addStage("One", in: league, description: nil, [])
        #expect(league == StagePlan.ownLeague + 1 && stage == StagePlan.ownStage + 1)
    }

    @Test("numbers of devices that are gone make room, and are not reused")
    func manyDevices() {
        var plan = StagePlan(siteName: "range", at: WallTime(nanoseconds: 0))
        for number in 1...StagePlan.maximumDeviceNumbers { _ = plan.addNumber(of: DeviceID("\(number)"), known: []) }
        let next = plan.addNumber(of: DeviceID("new"), known: [DeviceID("5")])
        #expect(next == StagePlan.maximumDeviceNumbers + 1)
        #expect(plan.deviceNumbers.count == 2 && plan.device(numbered: 5) == DeviceID("5"))
    }

    @Test("rejects a damaged plan")
    func damaged() {
        let plan = StagePlanCodec.encode(StagePlan(siteName: "range", at: WallTime(nanoseconds: 0)))
        #expect(StagePlanCodec.decode(Array(plan.dropLast())) == nil && StagePlanCodec.decode(Array("{}".utf8)) == nil)
        let text = String(decoding: plan, as: UTF8.self)
        for (part, damage) in [
            ("\"Plate\"", "\"Plank\""), ("\"number\":1", "\"number\":null"), ("\"site\":{", "\"s\":{"),
            ("\"created_ms\":0", "\"created_ms\":9223372036854775807"),
            ("\"created_ms\":0", "\"created_ms\":9007199254740992"),
            ("\"last\":{\"league\":", "\"last\":{\"league\":9223372036854775"),
        ] {
            #expect(StagePlanCodec.decode(Array(text.replacing(part, with: damage).utf8)) == nil)
        }
    }
}
