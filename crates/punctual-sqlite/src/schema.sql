-- Schema 1. Instants are microseconds since 1970-01-01T00:00:00Z, identities and tokens are 16 bytes.

-- The version of the tables, and the oldest version of a program that may use them.
create table punctual_meta (
    id integer primary key check (id = 1),
    version integer not null,
    min_reader integer not null
) strict;

-- The jobs. `next` is the next slot; null if the job is paused or has none.
create table punctual_job (
    id integer primary key,
    key text not null unique,
    name text,
    tags text not null default '[]' check (json_type(tags) = 'array'),
    task text not null,
    args text not null default 'null',
    schedule text not null,
    declared text not null,
    policies text not null default '',
    priority integer not null default 0 check (priority between -2147483648 and 2147483647),
    cursor text not null default '',
    next integer,
    paused integer not null default 0 check (paused in (0, 1)),
    over integer not null default 0 check (over in (0, 1)),
    runs integer not null default 0,
    failures integer not null default 0,
    last_run integer,
    last_outcome text,
    version integer not null default (random() & 0xffffffffffff)
) strict;

-- The order in which jobs are claimed.
create index punctual_job_due on punctual_job (next, priority, key, task)
    where next is not null and paused = 0;

-- The runs in progress.
create table punctual_run (
    key text not null,
    slot integer not null,
    token blob not null unique check (length(token) = 16),
    task text not null,
    holder blob not null check (length(holder) = 16),
    attempt integer not null check (attempt between -2147483648 and 2147483647),
    claimed integer not null,
    primary key (key, slot)
) strict, without rowid;

-- The processes that use the tables, by their heartbeats.
create table punctual_holder (
    id blob primary key check (length(id) = 16),
    host text not null,
    pid integer not null,
    joined integer not null,
    seen integer not null,
    expires integer not null
) strict, without rowid;

-- The runs that have ended, of jobs that keep some. The larger `id` ended later.
create table punctual_history (
    id integer primary key,
    key text not null,
    slot integer not null,
    attempt integer not null,
    holder blob not null,
    claimed integer not null,
    started integer,
    ended integer not null,
    outcome text not null
) strict;

create index punctual_history_of on punctual_history (key);
