extension DatabaseSchema {
    /// "LVGW" in the header.
    static let journal = Self(name: "the journal", applicationID: 0x4c56_4757, steps: [firstJournal])

    /// `seq` is SQLite's own row number, so that appending costs no index. `cursor` is one row for each follower: with
    /// it the journal is the outbox too, and nothing is deleted or marked when an entry has been sent.
    private static let firstJournal = """
        CREATE TABLE event(
            seq INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE cursor(sink TEXT PRIMARY KEY, acked INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
        """
}
