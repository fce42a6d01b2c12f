/**
 * Returns the number of terminal columns that a string occupies: two for East Asian wide characters and emoji, none for
 * combining marks and invisible characters. A character that is replaced before it is shown counts as one column.
 */
export function textWidth(text: string): number {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** The width of one character (one code point): 0, 1 or 2 columns. */
export function characterWidth(character: string): 0 | 1 | 2 {
  if (NARROW.test(character)) return 1
  if (SHAPELESS.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

const NARROW = /^[\0-\u02FF]*$/

// Combining marks, joiners and variation selectors, medial and final Hangul letters. Bidirectional overrides and
// isolates are deliberately left out here, because they are replaced.
const SHAPELESS = /^(?:\p{Mn}|\p{Me}|[\u1160-\u11FF\uD7B0-\uD7FF\u200B-\u200F\u2060-\u2064\uFEFF\u{E0000}-\u{E007F}])$/u

// Unicode's East_Asian_Width W and F, because JavaScript's regular expressions have no such property.
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115F\u2329\u232A\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18D08}\u{1AFF0}-\u{1B2FF}\u{1F200}-\u{1F265}\u{20000}-\u{3FFFD}])$/u
