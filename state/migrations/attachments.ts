/** The step from the layout before it: messages name files. */
export const ATTACHMENTS_FROM_17 = `
  create table attachment (
    n integer primary key,
    id text not null unique,
    person text not null,
    at integer not null,
    name text not null,
    size integer not null,
    type text not null,
    width integer,
    height integer,
    preview text,
    owner text,
    hash text not null,
    content text not null,
    uses integer not null default 0
  ) strict;
  create index attachment_by_hash on attachment (hash);
  create index attachment_by_content on attachment (content);
  create index attachment_by_person on attachment (person, at);
  create index attachment_unnamed on attachment (at, id) where uses = 0 and owner is null;
  create index attachment_unnamed_by_person on attachment (person)
    where uses = 0 and owner is null;

  create table attachment_total (
    files integer not null,
    contents integer not null,
    bytes integer not null
  ) strict;
  insert into attachment_total (files, contents, bytes) values (0, 0, 0);

  create table message_file (
    room integer not null,
    seq integer not null,
    place integer not null,
    attachment text not null,
    primary key (room, seq, place)
  ) strict, without rowid;
  create index message_file_by_attachment on message_file (attachment, room, seq);

  create table gone_content (
    id text primary key
  ) strict, without rowid;
`;

/** The sizes of a person's files are in the index by which they are added up. */
export const SIZES_FROM_26 = `
  drop index attachment_by_person;
  create index attachment_by_person on attachment (person, at, size);
`;
