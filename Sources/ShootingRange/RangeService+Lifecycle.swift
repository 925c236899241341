import Clocks
import Logging
import Reactor
import Store

extension RangeService {
    package func close(within limit: Nanoseconds) async {
        let unwritten = await store.close(within: limit)
        if unwritten > 0 { Log.warning("range: closed with \(unwritten) changes unwritten") }
    }
}
