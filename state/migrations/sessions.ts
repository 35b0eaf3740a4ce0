/** The sessions of people with a name are listed. */
export const SESSIONS_FROM_11 = `
  create table session (
    id text primary key,
    person text not null,
    since integer not null,
    used integer not null,
    generation integer not null,
    browser text,
    system text
  ) strict, without rowid;
  create index session_by_person on session (person, used desc, since desc, id);
`;

/** The key that signs cookies can be replaced. */
export const KEYS_FROM_23 = `
  create table former_key (
    n integer primary key,
    key blob not null
  ) strict;
`;
