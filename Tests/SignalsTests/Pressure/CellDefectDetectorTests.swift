import Signals
import Testing

@Suite("Cells that fail") struct CellDefectDetectorTests {
    private static let limit = Int(CellDefectDetector.contradictions)

    @Test("a cell that feels nothing while all around it is pressed is dead, after exactly so many frames")
    func dead() {
        var watch = CellDefectDetector()
        let pressed = frame(others: 50, place: 4, value: 0)
        for _ in 1..<Self.limit { #expect(watch.receive(rows: 3, columns: 3, cells: pressed) == []) }
        let findings = watch.receive(rows: 3, columns: 3, cells: pressed)
        #expect(findings.map { "\($0.row) \($0.column) \($0.fault?.rawValue ?? "")" } == ["1 1 dead"])
        #expect(watch.receive(rows: 3, columns: 3, cells: pressed) == [], "said once")
        #expect(watch.defects == [4: .dead])
    }

    @Test("a cell that is pressed while nothing around it is has stuck; frames with a foot on it do not count")
    func stuck() {
        var watch = CellDefectDetector()
        for _ in 1..<Self.limit {
            #expect(watch.receive(rows: 3, columns: 3, cells: frame(others: 0, place: 0, value: 100)) == [])
            #expect(watch.receive(rows: 3, columns: 3, cells: frame(others: 60, place: 0, value: 100)) == [])
        }
        let findings = watch.receive(rows: 3, columns: 3, cells: frame(others: 0, place: 0, value: 100))
        #expect(findings.map(\.fault) == [.stuck])
    }

    @Test("whoever agrees once in between begins anew, and one that works again is said to")
    func recovery() {
        var watch = CellDefectDetector()
        let dead = frame(others: 50, place: 4, value: 0)
        for _ in 1..<Self.limit { _ = watch.receive(rows: 3, columns: 3, cells: dead) }
        _ = watch.receive(rows: 3, columns: 3, cells: frame(others: 50, place: 4, value: 40))
        for _ in 1..<Self.limit { #expect(watch.receive(rows: 3, columns: 3, cells: dead) == []) }
        #expect(watch.receive(rows: 3, columns: 3, cells: dead).count == 1)
        let findings = watch.receive(rows: 3, columns: 3, cells: frame(others: 50, place: 4, value: 40))
        #expect(findings.map(\.fault) == [nil] && watch.defects.isEmpty)
    }

    @Test("an empty mat, a full one, a missing sensor and a single row say nothing")
    func quiet() {
        var watch = CellDefectDetector()
        for _ in 0..<2 * Self.limit {
            for cells in [
                frame(others: 0, place: 0, value: 0), frame(others: 90, place: 0, value: 90),
                frame(others: 90, place: 4, value: -1),
            ] { #expect(watch.receive(rows: 3, columns: 3, cells: cells) == []) }
        }
        for _ in 0..<2 * Self.limit { #expect(watch.receive(rows: 1, columns: 2, cells: [0, 90]) == []) }
        #expect(watch.receive(rows: 2, columns: 2, cells: [1]) == [], "a frame that is none")
    }

    private func frame(others: Double, place: Int, value: Double) -> [Double] {
        var cells = [Double](repeating: others, count: 9)
        cells[place] = value
        return cells
    }
}
