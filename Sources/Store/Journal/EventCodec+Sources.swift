import Events

/// Events of what the gateway receives data from, besides devices, and of those who change it.
extension RecordingEvent {
    func encode(to row: inout EventRow) {
        row.begin("status", change.name)
        row.writer.member("message", message)
        row.data { data in
            data.member("device_id", phone.text)
            switch change {
            case .swing(let time): data.member("time", time)
            case .started(let name, let trigger):
                data.member("name", name)
                data.member("trigger", trigger.rawValue)
            case .stored(let stored):
                data.member("recording", stored.id)
                data.member("name", stored.name)
                data.member("trigger", stored.trigger.rawValue)
                data.member("samples", stored.samples)
                data.member("duration", seconds: stored.duration)
            case .deleted(let id, let name):
                data.member("recording", id)
                data.member("name", name)
            }
        }
    }
}

extension BrokerEvent {
    func encode(to row: inout EventRow) {
        row.begin("status", change.name)
        row.writer.member("message", message)
        row.data { data in
            data.member("broker", broker)
            if case .failed(let reason, _) = change { data.member("reason", reason) }
        }
    }
}

extension ApplicationEvent {
    func encode(to row: inout EventRow) {
        row.writer.beginObject()
        row.writer.member("type", kind.rawValue)
        row.writer.member("event_type", name)
        row.writer.member("timestamp", row.stamp.wall)
        row.writer.optional("message", message)
        row.writer.optional("subject", subject)
        row.writer.member("data", raw: data[...])
        row.writer.member("source", "application")
        row.writer.member("client", client)
    }
}

extension AuditEvent {
    func encode(to row: inout EventRow) {
        row.begin("audit", "change_made")
        row.writer.nullable("token", token)
        row.writer.member("address", address)
        row.writer.member("action", action)
        row.writer.key("status")
        if let status { row.writer.integer(status) } else { row.writer.null() }
    }
}

extension ClockEvent {
    func encode(to row: inout EventRow) {
        row.begin("status", Self.name)
        row.writer.member("message", message)
        row.data { data in
            data.member("source", source.rawValue)
            data.member("shift_seconds", seconds: shift)
            data.member("runs", runs)
        }
    }
}
