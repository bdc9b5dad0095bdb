"""The tables of an archive's database; docs/archive.md says what each column means."""

FORM = 1  # the number of the tables' form
APPLICATION = 0x616E6F6E  # "anon": what SQLite's header says of whose file it is

TABLES = """
CREATE TABLE source (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    cursor TEXT NOT NULL,
    generation INTEGER NOT NULL,
    anew INTEGER NOT NULL
);
CREATE TABLE mail (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    date INTEGER NOT NULL,
    above TEXT NOT NULL,
    series INTEGER,
    part INTEGER NOT NULL,
    code INTEGER NOT NULL,
    change BLOB NOT NULL,
    run INTEGER NOT NULL
);
CREATE INDEX mail_by_series ON mail (series, part) WHERE series IS NOT NULL;
CREATE INDEX mail_by_above ON mail (above) WHERE above <> '';
CREATE INDEX mail_by_date ON mail (date);
CREATE TABLE place (
    source INTEGER NOT NULL,
    place TEXT NOT NULL,
    mail INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (source, place)
) WITHOUT ROWID;
CREATE INDEX place_by_mail ON place (mail);
CREATE TABLE kept (mail INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE series (
    number INTEGER PRIMARY KEY,
    sender TEXT NOT NULL,
    version INTEGER NOT NULL,
    total INTEGER NOT NULL,
    thread TEXT NOT NULL,
    title TEXT NOT NULL,
    date INTEGER NOT NULL,
    missing TEXT NOT NULL,
    state TEXT NOT NULL,
    way TEXT NOT NULL,
    functions INTEGER NOT NULL,
    run INTEGER NOT NULL
);
CREATE INDEX series_waiting ON series (number) WHERE state = 'waiting';
CREATE INDEX series_by_sender ON series (sender, version, total, date);
CREATE INDEX series_by_title ON series (sender, title, version);
CREATE TABLE finding (
    series INTEGER NOT NULL,
    n INTEGER NOT NULL,
    mail INTEGER NOT NULL,
    code TEXT NOT NULL,
    severity INTEGER NOT NULL,
    path TEXT NOT NULL,
    function TEXT NOT NULL,
    date INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    run INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (series, n)
) WITHOUT ROWID;
CREATE INDEX finding_by_mail ON finding (mail);
CREATE INDEX finding_by_code ON finding (code);
CREATE INDEX finding_by_path ON finding (path);
CREATE INDEX finding_by_date ON finding (date);
CREATE INDEX finding_by_run ON finding (run);
CREATE TABLE remark (
    series INTEGER NOT NULL,
    n INTEGER NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    line INTEGER NOT NULL,
    function TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (series, n)
) WITHOUT ROWID;
CREATE TABLE trouble (
    source INTEGER NOT NULL,
    place TEXT NOT NULL,
    reason TEXT NOT NULL,
    run INTEGER NOT NULL,
    PRIMARY KEY (source, place)
) WITHOUT ROWID;
CREATE TABLE run (
    number INTEGER PRIMARY KEY,
    began INTEGER NOT NULL,
    ended INTEGER,
    mails INTEGER NOT NULL
);
CREATE VIEW version AS
    SELECT s.number AS series,
        (SELECT e.number FROM series e WHERE e.sender = s.sender AND e.title = s.title AND e.version < s.version
         ORDER BY e.version DESC, e.number DESC LIMIT 1) AS earlier
    FROM series s;
CREATE VIEW reply AS
    WITH RECURSIVE down (patch, id, number) AS (
        SELECT number, id, number FROM mail WHERE kind = 'patch'
        UNION
        SELECT down.patch, m.id, m.number FROM down JOIN mail m ON m.above = down.id WHERE m.kind = 'reply'
    )
    SELECT patch, number AS mail FROM down WHERE number <> patch;
"""
