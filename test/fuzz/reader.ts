import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { removeDirectory } from '../remove-directory.ts'
import type { Syntax } from './mutate.ts'

/** A reader of text from outside, in the form in which the fuzzer tries it. */
export interface Reader {
  readonly name: string
  readonly syntax: Syntax
  /** Valid inputs, from which others are derived. */
  readonly seeds: readonly string[]
  /**
   * Reads an input, and returns all messages about it.
   *
   * @throws a finding: the reader must not throw for any input, and it must be able to write everything that it has read.
   */
  read(input: Buffer): readonly string[] | Promise<readonly string[]>
}

/** A violation by a reader. */
export class Finding extends Error {
  override readonly name = 'Finding'
}

/** Tries one input; returns the messages. @throws Finding, or the reader's error. */
export async function tryInput(reader: Reader, input: Buffer): Promise<readonly string[]> {
  const said = await reader.read(input)
  for (const message of said) checkMessage(message)
  return said
}

// Messages must be one line: terminals show them, the ledger contains them, logs are searched for them.
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u
const LONGEST_MESSAGE = 2500

function checkMessage(message: string): void {
  if (message.length > LONGEST_MESSAGE) {
    throw new Finding(`a message of ${message.length} characters: ${message.slice(0, 200)}…`)
  }
  const [unfit] = UNFIT.exec(message) ?? []
  if (unfit !== undefined) {
    throw new Finding(
      `a message contains U+${unfit.charCodeAt(0).toString(16)}: ${JSON.stringify(message.slice(0, 200))}`,
    )
  }
  if (message.trim() === '') throw new Finding('an empty message')
}

/** A message without its quotations. Two inputs with the same shape reached the same place in the code. */
export function shapeOf(message: string): string {
  const plain = message.replace(/(\.\.\.)?".*|`[^`]*`|'[^']*'/g, '_')
  return plain.replace(/[^a-z_ ]+/gi, '').slice(0, 60)
}

// Several files as one input: a line `@@ name` before the text of each.
const FILE_MARK = /^@@ ([\w-][\w.-]*(?:\/[\w-][\w.-]*)*)\r?$/

/** Several files as one input. */
export function bundle(files: Readonly<Record<string, string>>): string {
  return Object.entries(files)
    .map(([name, text]) => `@@ ${name}\n${text}`)
    .join('\n')
}

/** Runs `use` on a new directory with the files of an input, and removes it. */
export async function inDirectory<Value>(
  input: Buffer,
  use: (dir: string, files: readonly string[]) => Value | Promise<Value>,
): Promise<Value> {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-fuzz-'))
  try {
    const files = unpack(dir, input)
    return await use(dir, files)
  } finally {
    removeDirectory(dir)
  }
}

function unpack(dir: string, input: Buffer): readonly string[] {
  // Bytes as characters, so that invalid UTF-8 is preserved.
  const files = new Map<string, string[]>()
  let lines: string[] = []
  for (const line of input.toString('latin1').split('\n')) {
    const name = FILE_MARK.exec(line)?.[1]
    if (name === undefined) lines.push(line)
    else {
      lines = []
      files.set(name, lines)
    }
  }
  const written: string[] = []
  for (const [name, text] of files) {
    // A name that is also the directory of another file cannot be written.
    try {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), Buffer.from(text.join('\n'), 'latin1'))
      written.push(name)
    } catch {
      // It is left out.
    }
  }
  return written
}
