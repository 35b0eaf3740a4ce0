/** The step from the layout before it: people have pictures, and the chat has an icon. */
export const PICTURES_FROM_20 = `
  create table picture (
    owner text primary key,
    id text not null unique,
    mime text not null,
    data blob not null
  ) strict;
`;

/** People say something about themselves. */
export const ABOUTS_FROM_22 = `
  create table about (
    person text primary key,
    text text not null
  ) strict;
`;
