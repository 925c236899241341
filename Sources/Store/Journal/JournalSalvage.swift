/// What can still be read of a damaged journal: whose it was, and how far it had counted.
enum JournalSalvage {
    static func identity(in path: String) -> JournalIdentity {
        // Whatever fails here, the file is given up for damaged anyway; the caller knows what to do without.
        guard
            let database = try? SQLiteDatabase(
                path: path, access: .readOnly, busyTimeout: .zero, activity: "saving what can be saved")
        else { return JournalIdentity() }
        let activity = "reading a damaged journal"
        let last = try? database.integer("SELECT max(seq) FROM event", activity: activity)
        let noted = try? database.integer("SELECT value FROM meta WHERE key = 'sequence'", activity: activity)
        let name = try? database.text("SELECT value FROM meta WHERE key = 'gateway_id'", activity: activity)
        let believable = [last, noted].compactMap(\.self).filter { $0 <= OpenedJournal.highestPlausibleSequence }
        return JournalIdentity(gatewayID: name, lastSequence: max(0, believable.max() ?? 0))
    }
}
