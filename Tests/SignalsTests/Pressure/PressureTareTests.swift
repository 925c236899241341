import Signals
import Testing

@Suite("Taring a mat") struct PressureTareTests {
    @Test("what the empty mat shows is taken off, and full pressure stays full")
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

    @Test("a cell on which somebody stands all the while is left as it is")
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

    @Test("no frames, no taring; another size of frame is not touched; it can begin anew")
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

    @Test("whatever is learnt, cells stay within 0 and 100, and no sensor stays no sensor", arguments: 1...50)
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
