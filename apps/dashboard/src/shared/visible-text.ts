/**
 * Replaces invisible characters with escapes such as `\u202E`: control characters, characters that change the text direction, and
 * characters without width. Otherwise, one metric's or person's name could look like another's.
 *
 * Tabs and line ends are kept.
 */
export function visibleText(text: string): string {
  // Most strings contain no such character.
  if (!INVISIBLE.test(text)) return text
  return text.replace(EACH, (one) => `\\u${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`)
}

// Joiners (200C, 200D) are kept, because several scripts and emoji need them.
const CLASS =
  '[\\0-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F\\xAD\\u061C\\u200B\\u200E\\u200F\\u2028-\\u202E\\u2060-\\u2069\\uFEFF]'
const INVISIBLE = new RegExp(CLASS)
const EACH = new RegExp(CLASS, 'g')
