/** The table of removals: a person's messages are removed in steps. */
export const REMOVALS_FROM_18 = `
  create table removal (
    n integer primary key,
    author integer not null,
    by text not null,
    deleted text not null,
    room integer,
    directs integer not null,
    lowest integer not null,
    since integer not null,
    last integer not null,
    next integer not null default 0,
    top integer,
    step integer not null default 1,
    count integer not null default 0
  ) strict;
`;

/** Removals end at a time, too, when they go on after an import. */
export const REMOVALS_FROM_25 = `
  alter table removal add column wanted integer;
  alter table removal add column until integer;
`;

/** Removals take turns, and share passes through the rooms. */
export const REMOVALS_FROM_27 = `
  alter table removal add column turn integer not null default 0;
  alter table removal add column pass integer;
  create unique index removal_by_pass on removal (pass, author);
`;
