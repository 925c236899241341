import Signals
import Testing

@Suite("Taring a mat") struct PressureTareTests {
    @Test("the values of the empty mat are subtracted, and full pressure stays full")
    func zero() {
        var tare = PressureTare(frames: 3)
        for frame in [[12.0, 0, -1, 5], [10, 0, -1, 7], [11, 3, -1, 5]] {
            var cells = frame
            tare.apply(to: &cells)
            #expect(cells == frame, "while it learns, frames pass as they are")
        }
        #expect(!tare.isLearning)
        var cells = [10.0, 40, -1, 100]
        tare.apply(to: &cells)
        #expect(cells == [0, 40, -1, 100])
        cells = [55, 0, -1, 4]
        tare.apply(to: &cells)
        #expect(cells == [50, 0, -1, 0])
    }

    @Test("a cell that is loaded during learning is not tared")
    func loaded() {
        var tare = PressureTare(frames: 2)
        for _ in 0..<2 {
            var cells = [30.0, 30.5]
            tare.apply(to: &cells)
        }
        var cells = [30.0, 30.5]
        tare.apply(to: &cells)
        #expect(cells == [0, 30.5])
    }

    @Test("zero frames disable taring; frames of another size pass unchanged; taring can be restarted")
    func edges() {
        var tare = PressureTare(frames: 0)
        var cells = [5.0]
        tare.apply(to: &cells)
        #expect(cells == [5] && !tare.isLearning)
        tare.begin(frames: 1)
        tare.apply(to: &cells)
        var others = [5.0, 5]
        tare.apply(to: &others)
        #expect(others == [5, 5])
        tare.apply(to: &cells)
        #expect(cells == [0])
        tare.begin(frames: 1)
        cells = [7]
        tare.apply(to: &cells)
        tare.apply(to: &cells)
        #expect(cells == [0])
    }

    @Test("the latest tare can be undone once; one that is not complete restores the one before")
    func undo() {
        var tare = PressureTare(frames: 1)
        func show(_ value: Double) -> Double {
            var cells = [value]
            tare.apply(to: &cells)
            return cells[0]
        }
        func undo() -> Bool { tare.undo() }
        #expect(!undo(), "the first tare replaces nothing")
        _ = show(20)
        #expect(show(20) == 0)
        tare.begin(frames: 1)
        _ = show(10)
        #expect(show(10) == 0 && show(20) > 0)
        tare.begin(frames: 2)
        tare.begin(frames: 2)
        #expect(undo())
        #expect(!tare.isLearning && show(10) == 0 && show(20) > 0)
        #expect(!undo())
        tare.begin(frames: 1)
        _ = show(20)
        #expect(undo())
        #expect(show(10) == 0 && show(20) > 0)
    }

    @Test("undoing a tare that replaced none leaves the cells as they are")
    func undoFirst() {
        var tare = PressureTare(frames: 5)
        tare.begin(frames: 5)
        let isUndone = tare.undo()
        #expect(isUndone && !tare.isLearning)
        var cells = [20.0]
        tare.apply(to: &cells)
        #expect(cells == [20])
    }

    @Test("cells stay within 0 and 100, and missing sensors stay missing, for any learned values", arguments: 1...50)
    func bounds(seed: Int) {
        var numbers = SystemRandomNumberGenerator()
        func frame() -> [Double] {
            (0..<20).map { $0 == 7 ? -1 : .random(in: 0...100, using: &numbers) }
        }
        var tare = PressureTare(frames: 5)
        for _ in 0..<30 {
            var cells = frame()
            tare.apply(to: &cells)
            #expect(cells[7] == -1 && cells.allSatisfy { $0 >= -1 && $0 <= 100 }, "\(cells)")
        }
    }
}

@Suite("Defective cells") struct CellDefectDetectorTests {
    private static let limit = Int(CellDefectDetector.contradictions)

    @Test("a cell at zero among pressed neighbours is dead after exactly the required number of frames")
    func dead() {
        var detector = CellDefectDetector()
        let pressed = frame(others: 50, place: 4, value: 0)
        for _ in 1..<Self.limit { #expect(detector.receive(rows: 3, columns: 3, cells: pressed) == []) }
        let findings = detector.receive(rows: 3, columns: 3, cells: pressed)
        #expect(findings.map { "\($0.row) \($0.column) \($0.defect?.rawValue ?? "")" } == ["1 1 dead"])
        #expect(detector.receive(rows: 3, columns: 3, cells: pressed) == [], "reported once")
        #expect(detector.defects == [4: .dead])
    }

    @Test("a cell pressed among unpressed neighbours is stuck; frames with a foot on it do not count")
    func stuck() {
        var detector = CellDefectDetector()
        for _ in 1..<Self.limit {
            #expect(detector.receive(rows: 3, columns: 3, cells: frame(others: 0, place: 0, value: 100)) == [])
            #expect(detector.receive(rows: 3, columns: 3, cells: frame(others: 60, place: 0, value: 100)) == [])
        }
        let findings = detector.receive(rows: 3, columns: 3, cells: frame(others: 0, place: 0, value: 100))
        #expect(findings.map(\.defect) == [.stuck])
    }

    @Test("one agreeing frame restarts the count, and a recovered cell is reported")
    func recovery() {
        var detector = CellDefectDetector()
        let dead = frame(others: 50, place: 4, value: 0)
        for _ in 1..<Self.limit { _ = detector.receive(rows: 3, columns: 3, cells: dead) }
        _ = detector.receive(rows: 3, columns: 3, cells: frame(others: 50, place: 4, value: 40))
        for _ in 1..<Self.limit { #expect(detector.receive(rows: 3, columns: 3, cells: dead) == []) }
        #expect(detector.receive(rows: 3, columns: 3, cells: dead).count == 1)
        let findings = detector.receive(rows: 3, columns: 3, cells: frame(others: 50, place: 4, value: 40))
        #expect(findings.map(\.defect) == [nil] && detector.defects.isEmpty)
    }

    @Test("an empty mat, a full one, a missing sensor and a single row give no findings")
    func quiet() {
        var detector = CellDefectDetector()
        for _ in 0..<2 * Self.limit {
            for cells in [
                frame(others: 0, place: 0, value: 0), frame(others: 90, place: 0, value: 90),
                frame(others: 90, place: 4, value: -1),
            ] { #expect(detector.receive(rows: 3, columns: 3, cells: cells) == []) }
        }
        for _ in 0..<2 * Self.limit { #expect(detector.receive(rows: 1, columns: 2, cells: [0, 90]) == []) }
        #expect(detector.receive(rows: 2, columns: 2, cells: [1]) == [], "a frame that is none")
    }

    private func frame(others: Double, place: Int, value: Double) -> [Double] {
        var cells = [Double](repeating: others, count: 9)
        cells[place] = value
        return cells
    }
}

@Suite("The trail of a mat") struct PressureTrailTests {
    /// A frame of 4 × 4 cells with pressure in one of them, and noise everywhere.
    private func frame(_ index: Int, pressure: Double = 80) -> [Double] {
        (0..<16).map { $0 == index ? pressure : 1 }
    }

    @Test("it has the latest frame, and the centre of pressure of the frames until then")
    func centre() {
        var trail = PressureTrail()
        #expect(trail.rows == 0 && trail.points.isEmpty)
        for index in [0, 5, 15] { trail.receive(rows: 4, columns: 4, cells: frame(index)) }
        #expect(trail.points.map { [$0.x, $0.y] } == [[0.125, 0.125], [0.375, 0.375], [0.875, 0.875]])
        #expect((trail.rows, trail.columns) == (4, 4) && trail.cells == frame(15))
        #expect(trail.scale == 80)
        // Beside a pressure a moment ago, this is noise.
        trail.receive(rows: 4, columns: 4, cells: frame(0, pressure: 1.5))
        #expect(trail.points.count == 2 && abs(trail.scale - 80) < 1e-9)
        trail.receive(rows: 4, columns: 4, cells: frame(0, pressure: 1.5))
        #expect(abs(trail.scale - 79.92) < 1e-9)
    }

    @Test("it keeps the latest 120 points, and fades while nobody stands there")
    func bound() {
        var trail = PressureTrail()
        for number in 0..<1_000 { trail.receive(rows: 4, columns: 4, cells: frame(number % 16)) }
        let places = (880..<1_000).map { Double($0 % 4) / 4 + 0.125 }
        #expect(trail.points.map(\.x) == places)
        trail.receive(rows: 4, columns: 4, cells: [Double](repeating: 0, count: 16))
        #expect(trail.points.map(\.x) == Array(places.dropFirst()))
        trail.receive(rows: 4, columns: 4, cells: frame(3))
        #expect(trail.points.map(\.x) == Array(places.dropFirst()) + [0.875])
        for _ in 0..<200 { trail.receive(rows: 4, columns: 4, cells: [Double](repeating: 0, count: 16)) }
        #expect(trail.points.isEmpty)
    }

    @Test("another size begins anew, and a frame of a wrong size is left out")
    func size() {
        var trail = PressureTrail()
        trail.receive(rows: 4, columns: 4, cells: frame(0))
        trail.receive(rows: 4, columns: 4, cells: [1, 2])
        #expect(trail.cells == frame(0))
        trail.receive(rows: 1, columns: 2, cells: [0, 50])
        #expect(trail.points == [PressureTrail.Point(x: 0.75, y: 0.5)] && trail.cells == [0, 50])
    }
}
