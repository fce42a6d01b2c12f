/** The letters that lead to controls, each typed with one key. */
const LETTERS = 'asdfghjklqwertyuiopzxvbnm1234567890'

/** A letter for each key, as far as there are letters; the most used keys come first. */
export function hintsFor(keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.slice(0, LETTERS.length).map((key, i) => [key, LETTERS[i] ?? '']))
}

/** The key that a letter leads to. */
export function keyOfHint(hints: ReadonlyMap<string, string>, letter: string): string | undefined {
  return [...hints].find(([, hint]) => hint === letter.toLowerCase())?.[0]
}
