/** Accounts are deleted; their people stay known as such. */
export const ACCOUNTS_FROM_13 = `
  alter table author add column deleted integer not null default 0;
  create table erasure (
    author integer primary key,
    next integer not null,
    last integer not null,
    step integer not null
  ) strict;
`;
