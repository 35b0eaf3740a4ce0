/** The pictures of people, and the chat's icon. */
export const PICTURES_SCHEMA = `
  create table picture (
    owner text primary key,     -- the id of a person; * for the chat's icon
    id text not null unique,    -- random, another one for each picture
    mime text not null,         -- the media type that its bytes have
    data blob not null
  ) strict;
`;
