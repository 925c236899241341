extension DatabaseSchema {
    /// "LVGR" in the header.
    static let range = Self(name: "the range's file", applicationID: 0x4c56_4752, steps: [firstRange])

    /// Runs are listed by their number, newest first; whoever filters reads on until the page is full.
    /// AUTOINCREMENT remembers the highest number, also of a run that has been deleted.
    private static let firstRange = """
        CREATE TABLE run(
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, started_ns INTEGER NOT NULL,
            timer TEXT NOT NULL, shooter TEXT, stage TEXT, state TEXT NOT NULL, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE document(
            shelf TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY(shelf, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE explanation(
            seq INTEGER PRIMARY KEY, event INTEGER NOT NULL UNIQUE, body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE input(number INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
        CREATE TABLE recording(
            seq INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sensor TEXT NOT NULL, started_ns INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        """
}
