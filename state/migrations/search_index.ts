/** Messages whose text is gone wait for the search index, which may be made again with the file's copy. */
export const INDEX_FROM_14 = `
  alter table file add column index_id text not null default '';
  create table index_queue (
    q integer primary key,
    message integer not null
  ) strict;
  create index index_queue_by_message on index_queue (message);
`;
