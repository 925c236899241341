import Reactor

/// The answer to a request that is still being worked on. Whoever took the request on gives it once; a second answer,
/// and one for which nobody waits any more, goes nowhere.
@ReactorActor
package final class PendingAnswer {
    private enum State {
        /// Nobody listens yet: the handler has not come back.
        case new
        case given(HTTPResponse)
        case awaited((HTTPResponse) -> Void)
        case over
    }

    private var state = State.new
    /// Called if the client goes, or has waited long enough, before there is an answer.
    package var whenAbandoned: (() -> Void)?

    package init() {}

    /// Whether an answer would still be of use. Long work may look here now and then.
    package var isWanted: Bool {
        switch state {
        case .new, .awaited: true
        case .given, .over: false
        }
    }

    package func give(_ response: HTTPResponse) {
        switch state {
        case .new: state = .given(response)
        case .awaited(let deliver):
            end()
            deliver(response)
        case .given, .over: response.stream?.abandon()
        }
    }

    /// Says who gets the answer: at once, if it is there already.
    func deliver(to receiver: @escaping (HTTPResponse) -> Void) {
        if case .given(let response) = state {
            end()
            receiver(response)
        } else {
            state = .awaited(receiver)
        }
    }

    /// Nobody waits any more.
    func abandon() {
        if case .given(let response) = state { response.stream?.abandon() }
        guard isWanted else { return }
        let tell = whenAbandoned
        end()
        tell?()
    }

    private func end() {
        state = .over
        whenAbandoned = nil
    }
}
