/** The letters that select controls, easiest to type first. Each needs only one key press. */
const LETTERS = 'asdfghjklqwertyuiopzxvbnm1234567890'

/** Assigns a letter to each control, by its key and in order, until the letters run out. */
export function hintsFor(keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.slice(0, LETTERS.length).map((key, i) => [key, LETTERS[i] ?? '']))
}

/** Returns the key of the control that a letter selects. */
export function keyOfHint(hints: ReadonlyMap<string, string>, letter: string): string | undefined {
  return [...hints].find(([, hint]) => hint === letter.toLowerCase())?.[0]
}
