"""Every knob and every limit, with its unit and its reason. Read from the environment as WAYPOST_<NAME>."""

from __future__ import annotations

from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["LIMITS", "Limits", "Policy", "Settings"]


class Limits:
    """Limits on input. Each is tested at the limit and one past it."""

    event_bytes: Final = 32 * 1024  # one event as JSON: what Segment allows
    wire_bytes: Final = 1024 * 1024  # a request body as sent
    inflated_bytes: Final = 4 * 1024 * 1024  # a real Segment batch reaches 484,870 bytes inflated
    batch_events: Final = 2_500  # events in one request
    name_chars: Final = 200  # an event name
    id_chars: Final = 128  # message, user, anonymous, account and load ids
    event_names: Final = 5_000  # distinct names in a project: beyond it someone sends ids as names
    traits: Final = 200  # traits of one subject
    json_depth: Final = 16  # nesting of an event's properties
    rule_bytes: Final = 64 * 1024  # one rule file
    document_depth: Final = 200  # levels of JSON in a file of rules, braces and brackets
    rule_depth: Final = 32
    rule_nodes: Final = 512
    rule_text_bytes: Final = 4 * 1024
    rule_list: Final = 1_000  # elements of one literal list
    chain_steps: Final = 8
    chain_within_ms: Final = 90 * 86_400_000
    chain_keys: Final = 16  # live correlation keys per subject and chain, least recently used leaves
    last_ms: Final = 400 * 86_400_000
    count_max: Final = 1_000
    atoms_per_rule: Final = 16
    replay_events: Final = 500  # late events are repaired inside the latest 500 ...
    replay_ms: Final = 35 * 86_400_000  # ... and 35 days
    account_users: Final = 5_000  # users of one account that shares are counted over
    snooze_ms: Final = 90 * 86_400_000  # the longest "remind me later"
    pause_ms: Final = 400 * 86_400_000  # the longest CSM pause: nothing stays silent because it was forgotten
    pause_tips: Final = 50  # tips that one pause lets through: more is no pause
    pause_reason_chars: Final = 500  # it stands in every explanation
    pause_author_chars: Final = 100
    key_name_chars: Final = 100  # what a secret key is called
    author_chars: Final = 100  # who wrote a note
    pauses_listed: Final = 500  # in one answer, the latest
    pauses_tried: Final = 50_000  # of the window that a backtest knows, the latest
    task_title_chars: Final = 200  # a line of a list
    task_text_chars: Final = 2_000  # a note, an outcome, what a task says: to be read before a call
    task_owner_chars: Final = 200  # as in a rule
    tasks_page: Final = 200  # in one answer: each is looked up with its account and its pauses
    task_notes: Final = 200  # of one task in one answer, the latest
    task_due_ms: Final = 366 * 86_400_000  # the farthest deadline, and the longest snooze
    checklist_items: Final = 50  # things to do in one checklist: more is two
    checklists_listed: Final = 200  # in one answer, the latest
    trial_bytes: Final = 1024 * 1024  # the rules that the console sends to try on the past
    import_bytes: Final = 8 * 1024 * 1024  # a CSV file of accounts: it is held in memory while it is read
    import_rows: Final = 50_000  # accounts in one file: more than any portfolio here was measured with
    import_problems: Final = 100  # told of one file: who has more mends a column, not rows
    note_chars: Final = 5_000  # a CSM's note about an account: a long page
    features: Final = 100  # of a project: a heat map of more is no map
    stages: Final = 20  # of an account's life
    usage_days: Final = 400  # local days that usage by day is kept: as far back as a rule can look
    usage_batch: Final = 1_000  # events counted by day in one transaction: 25 ms of the writer where nothing adds up
    looks: Final = 50  # accounts that are looked at in one transaction
    comment_chars: Final = 2_000  # the words of an answer to a survey: a page of text
    answers_listed: Final = 200  # comments in one answer of the API
    groups_kept: Final = 32  # calls that put a user into an account remembered
    views_kept: Final = 200  # impressions remembered per user, for caps
    rejects_bytes: Final = 32 * 1024  # a kept reject is cut here
    webhooks: Final = 20  # endpoints of a project: each message goes to every one of them
    messages_listed: Final = 200  # of the outbox in one answer, the latest
    digest_moves: Final = 10  # accounts in a digest whose health changed most
    digest_tasks: Final = 100  # tasks in one part of a digest, the most urgent: it is read on a phone


LIMITS: Final = Limits()


class Policy:
    """Defaults of the delivery policy (section 2.1)."""

    session_gap_ms: Final = 30 * 60_000
    session_max_ms: Final = 24 * 3_600_000
    intrusive_per_session: Final = 1
    intrusive_per_day: Final = 2  # rolling 24 h
    intrusive_per_week: Final = 5  # rolling 7 d
    category_per_day: Final = 1  # rolling 24 h
    intrusive_gap_ms: Final = 10 * 60_000
    survey_gap_ms: Final = 90 * 86_400_000  # between two surveys
    attention: Final = 6  # what tips may cost one person in a rolling week
    attention_of_account: Final = 2  # the same for an account, for each of its active people
    dearer_by: Final = 0.5  # a dismissal makes every tip so much dearer ...
    dearer_ms: Final = 14 * 86_400_000  # ... for so long
    fatigue_half_ms: Final = 14 * 86_400_000
    fatigue_high: Final = 3.0  # from here on only high and critical tips ...
    fatigue_critical: Final = 5.0  # ... and from here on critical ones only
    quick_ms: Final = 2_000  # dismissed sooner than this: not even read
    category_rest_ms: Final = 7 * 86_400_000  # after two dismissals in a row; doubles with each one more ...
    category_rest_most_ms: Final = 90 * 86_400_000  # ... up to this
    session_quiet_ms: Final = 3_000  # nothing in the first seconds of a session
    after_close_ms: Final = 30_000  # nothing right after another tip closed
    lease_ms: Final = 30_000
    stop_after_dismissed: Final = 2
    snooze_ms: Final = 86_400_000  # "remind me later"
    ignored_ms: Final = 30 * 60_000  # a tip that was seen and not answered for so long was ignored
    server_page_ms: Final = 30 * 60_000  # a server-side moment waits this long for a page view


class Settings(BaseSettings):
    """The environment. A wrong value is one clear line and exit 2 (cli)."""

    model_config = SettingsConfigDict(env_prefix="WAYPOST_", extra="ignore")

    database_url: str = "sqlite:///waypost.db"  # sqlite:///relative or sqlite:////absolute
    secret_key: str = ""  # signs offers, sessions and preview links; made and kept in the database when empty
    write_key: str = ""  # starts a single project with this public key
    rules: str = "rules"  # the folder of rules
    timezone: str = "UTC"  # the environment's zone (IANA), used when neither user nor account has one
    webhook_url: str = ""  # where CSM tasks go; empty = nowhere
    webhook_secret: str = ""  # whsec_… (standardwebhooks); made and shown once when empty
    webhook_private: bool = False  # webhooks may go to addresses of an own network, which is refused by default
    smtp_url: str = ""  # smtp://user:password@host:587 or smtps://…; empty = no e-mail
    mail_from: str = ""  # the sender: waypost@example.com, or Waypost <waypost@example.com>
    public_url: str = ""  # how browsers reach this server, for links in e-mail
    muted_routes: list[str] = Field(default_factory=list)  # no tips here: payment, live call, presentation
    log_level: str = "INFO"
    debug_reasons: bool = False  # the snippet's debug panel may read why tips are held back (demo, development)
    demo: bool = False  # the demo's clock and reset; loopback only
