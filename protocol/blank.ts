/**
 * White space, and characters that nobody sees: control, format (zero-width and bidi) and default-ignorable ones, and
 * three that are blank although their properties do not say so, see {@linkcode parseName}.
 */
const BLANK = /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{1d159}]*$/u;

/** Returns whether a text shows nothing. */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}
