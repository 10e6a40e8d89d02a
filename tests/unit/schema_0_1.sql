CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY);
CREATE TABLE decision (
    id INTEGER NOT NULL, 
    project_id INTEGER NOT NULL, 
    subject VARCHAR NOT NULL, 
    first_at INTEGER NOT NULL, 
    last_at INTEGER NOT NULL, 
    digest BLOB NOT NULL, 
    body BLOB NOT NULL, 
    instants BLOB NOT NULL, 
    PRIMARY KEY (id)
);
CREATE INDEX decision_by_subject ON decision (project_id, subject, first_at);
CREATE TABLE due (
    project_id INTEGER NOT NULL, 
    rule_id VARCHAR NOT NULL, 
    subject VARCHAR NOT NULL, 
    at INTEGER NOT NULL, 
    PRIMARY KEY (project_id, rule_id, subject)
);
CREATE INDEX due_by_time ON due (project_id, at);
CREATE TABLE event (
    id INTEGER NOT NULL, 
    project_id INTEGER NOT NULL, 
    message_id BLOB NOT NULL, 
    name_id INTEGER NOT NULL, 
    subject VARCHAR NOT NULL, 
    account VARCHAR, 
    t INTEGER NOT NULL, 
    received_at INTEGER NOT NULL, 
    body BLOB NOT NULL, 
    PRIMARY KEY (id)
);
CREATE INDEX event_by_account ON event (project_id, account, id);
CREATE UNIQUE INDEX event_by_message ON event (project_id, message_id);
CREATE INDEX event_by_subject ON event (project_id, subject, id);
CREATE TABLE event_name (
    id INTEGER NOT NULL, 
    project_id INTEGER NOT NULL, 
    name VARCHAR NOT NULL, 
    first_received_at INTEGER NOT NULL, 
    last_received_at INTEGER NOT NULL, 
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX event_name_by_name ON event_name (project_id, name);
CREATE TABLE facts (
    project_id INTEGER NOT NULL, 
    subject VARCHAR NOT NULL, 
    "plan" VARCHAR NOT NULL, 
    body BLOB NOT NULL, 
    PRIMARY KEY (project_id, subject)
);
CREATE TABLE link (
    project_id INTEGER NOT NULL, 
    anon VARCHAR NOT NULL, 
    subject VARCHAR NOT NULL, 
    event_id INTEGER NOT NULL, 
    PRIMARY KEY (project_id, anon)
);
CREATE INDEX link_by_subject ON link (project_id, subject);
CREATE TABLE live (
    project_id INTEGER NOT NULL, 
    subject VARCHAR NOT NULL, 
    page_view_id VARCHAR NOT NULL, 
    lease_until INTEGER NOT NULL, 
    bound VARCHAR NOT NULL, 
    PRIMARY KEY (project_id, subject)
);
CREATE TABLE meta (
    "key" VARCHAR NOT NULL, 
    value VARCHAR NOT NULL, 
    PRIMARY KEY ("key")
);
CREATE TABLE outbox (
    id INTEGER NOT NULL, 
    project_id INTEGER NOT NULL, 
    message_id VARCHAR NOT NULL, 
    body TEXT NOT NULL, 
    created_at INTEGER NOT NULL, 
    next_at INTEGER, 
    attempts INTEGER NOT NULL, 
    delivered_at INTEGER, 
    last_error VARCHAR NOT NULL, 
    PRIMARY KEY (id), 
    UNIQUE (message_id)
);
CREATE INDEX outbox_by_time ON outbox (project_id, next_at);
CREATE TABLE preview (
    project_id INTEGER NOT NULL, 
    subject VARCHAR NOT NULL, 
    tip VARCHAR NOT NULL, 
    until INTEGER NOT NULL, 
    PRIMARY KEY (project_id, subject)
);
CREATE TABLE project (
    id INTEGER NOT NULL, 
    name VARCHAR NOT NULL, 
    write_key VARCHAR NOT NULL, 
    created_at INTEGER NOT NULL, 
    PRIMARY KEY (id), 
    UNIQUE (write_key)
);
CREATE TABLE reject (
    id INTEGER NOT NULL, 
    project_id INTEGER NOT NULL, 
    received_at INTEGER NOT NULL, 
    position INTEGER NOT NULL, 
    code VARCHAR NOT NULL, 
    reason VARCHAR NOT NULL, 
    body BLOB NOT NULL, 
    size INTEGER NOT NULL, 
    context VARCHAR NOT NULL, 
    replayed_at INTEGER, 
    PRIMARY KEY (id)
);
CREATE INDEX reject_by_project ON reject (project_id, id);
CREATE TABLE rule_version (
    project_id INTEGER NOT NULL, 
    rule_id VARCHAR NOT NULL, 
    version INTEGER NOT NULL, 
    digest VARCHAR NOT NULL, 
    body TEXT NOT NULL, 
    live_from INTEGER NOT NULL, 
    live_until INTEGER, 
    PRIMARY KEY (project_id, rule_id, version)
);
CREATE TABLE task (
    id INTEGER NOT NULL, 
    project_id INTEGER NOT NULL, 
    rule_id VARCHAR NOT NULL, 
    subject VARCHAR NOT NULL, 
    account VARCHAR, 
    state VARCHAR NOT NULL, 
    opened_at INTEGER NOT NULL, 
    noticed_at INTEGER NOT NULL, 
    closed_at INTEGER, 
    closed_by VARCHAR NOT NULL, 
    outcome VARCHAR NOT NULL, 
    snoozed_until INTEGER, 
    due_at INTEGER, 
    severity VARCHAR NOT NULL, 
    owner VARCHAR NOT NULL, 
    title TEXT NOT NULL, 
    body TEXT NOT NULL, 
    context TEXT NOT NULL, 
    still_true INTEGER NOT NULL, 
    PRIMARY KEY (id)
);
CREATE INDEX task_by_state ON task (project_id, state, opened_at);
CREATE INDEX task_by_subject ON task (project_id, rule_id, subject, id);
CREATE TABLE tip_day (
    project_id INTEGER NOT NULL, 
    tip VARCHAR NOT NULL, 
    day INTEGER NOT NULL, 
    outcome VARCHAR NOT NULL, 
    subject VARCHAR NOT NULL, 
    at INTEGER NOT NULL, 
    PRIMARY KEY (project_id, tip, day, outcome, subject)
)
 WITHOUT ROWID;
