import type { CliContext } from '../../context.ts'

/** Prints notes for the user to standard error. With `--json` they are part of the answer instead. */
export function printNotes(notes: readonly string[], { terminal, json }: CliContext): void {
  if (json) return
  for (const note of notes) terminal.err(`${terminal.yellow('note:')} ${note}`)
}

/** Formats a number with its noun: `1 entry`, `12 entries`. */
export function count(number: number, one: string, many: string): string {
  return `${String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',')} ${number === 1 ? one : many}`
}

/** Returns the symbol that is printed before a line that reports success. */
export function doneMark({ terminal }: CliContext): string {
  return terminal.green(terminal.unicode ? '✓' : 'ok')
}

/** Returns the symbol that is printed before a line that reports a problem. */
export function wrongMark({ terminal }: CliContext): string {
  return terminal.red(terminal.unicode ? '✗' : 'x')
}
