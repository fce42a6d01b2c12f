/**
 * Text with its invisible characters written as `\u202E`: controls, characters that change the direction of what follows,
 * and characters without width. Otherwise the name of one metric or person could look like that of another.
 *
 * Tabs and line ends stay.
 */
export function visibleText(text: string): string {
  // Nearly all texts have none.
  if (!INVISIBLE.test(text)) return text
  return text.replace(EACH, (one) => `\\u${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`)
}

// Joiners (200C, 200D) stay: several scripts and emoji need them.
const CLASS =
  '[\\0-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F\\xAD\\u061C\\u200B\\u200E\\u200F\\u2028-\\u202E\\u2060-\\u2069\\uFEFF]'
const INVISIBLE = new RegExp(CLASS)
const EACH = new RegExp(CLASS, 'g')
