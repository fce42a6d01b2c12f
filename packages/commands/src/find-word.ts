import { isNumberText } from '@hotcb/protocol'

/** Whether a word of a line is a flag; `-` and negative numbers are not. */
export function isFlag(token: string): boolean {
  return token.startsWith('-') && token !== '-' && !isNumberText(token)
}

/**
 * Returns the index in `tokens` of the next word that can be part of a command; -1 if there is none. The only flag with
 * a value at this stage is `--dir`, or `-d`.
 */
export function findWord(tokens: readonly string[], from = 0): number {
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i]
    if (token === undefined || token === '--') return -1
    if (!isFlag(token)) return i
    if (token === '--dir' || token === '-d') i++
  }
  return -1
}
