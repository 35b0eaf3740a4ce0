/** The step from the layout before it: people have pictures, and the chat has an icon. */
export const PICTURES_FROM_20 = `
  create table picture (
    owner text primary key,
    id text not null unique,
    mime text not null,
    data blob not null
  ) strict;
`;
