import { printableColumns } from '../printable.ts'

/**
 * Marks a control sequence as our own: a colour or a cursor movement, such as `control('[31m')`.
 *
 * Only marked sequences reach a terminal; any other escape character is data and is replaced. No file can forge the
 * mark: it contains a random number that is generated when the process starts, and is never written.
 *
 * @param sequence The text after the escape character: `[`, parameters, one letter.
 * @throws RangeError for anything else.
 */
export function control(sequence: string): string {
  if (!/^\[[\d;?]*[A-Za-z]$/.test(sequence)) {
    throw new RangeError(`expected a control sequence such as "[31m", got ${JSON.stringify(sequence)}`)
  }
  return MARK + sequence
}

/** Returns the text without our own control sequences. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, '')
}

/** Yields the text in pieces: each of our own control sequences, and each other character (code point). */
export function* controlsAndCharacters(
  text: string,
): Generator<{ readonly piece: string; readonly isControl: boolean }> {
  for (const [at, part] of text.split(CONTROLS).entries()) {
    // Splitting by a pattern with a group alternates text and sequences.
    if (at % 2 === 1) yield { piece: MARK + part, isControl: true }
    else for (const piece of part) yield { piece, isControl: false }
  }
}

/**
 * Returns the text for a terminal: our own control sequences are unchanged, and everything else is made printable.
 *
 * @param keeps With `line`, line breaks and tabs are data and become spaces. With `lines`, they are intended and are
 *   kept.
 */
export function terminalText(text: string, keeps: 'line' | 'lines'): string {
  const parts = text.split(CONTROLS)
  return parts.map((part, at) => (at % 2 === 1 ? `\u001B${part}` : printableColumns(part, keeps))).join('')
}

// One process may contain several copies of this file (a bundle and a package), and all must use the same mark.
function markOfProcess(): string {
  const shared = globalThis as typeof globalThis & { [MARK_KEY]?: string }
  shared[MARK_KEY] ??= `\u001B${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`
  return shared[MARK_KEY]
}

const MARK_KEY = Symbol.for('@hotcb/protocol/node')
const MARK = markOfProcess()
const CONTROLS = new RegExp(`${MARK}(\\[[\\d;?]*[A-Za-z])`, 'g')
