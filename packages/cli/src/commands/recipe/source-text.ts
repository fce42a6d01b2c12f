import { existsSync, readSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { type CommandError, refusal } from '@hotcb/commands'
import { errnoOf, readDocument } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { cannot } from '../../run.ts'

/** The text of a recipe or an overlay. */
export interface SourceText {
  /** Its path relative to the working directory, for messages; `stdin` for `-`. */
  readonly file: string
  readonly text: string
}

/**
 * Reads a file that the user named; `-` is standard input.
 *
 * @param what The kind of file, for messages.
 * @throws {@link CommandError} `refused` when it cannot be read.
 */
export function readSource(dir: string, path: string, what: 'recipe' | 'overlay'): SourceText {
  if (path === '-') return { file: 'stdin', text: readStandardInput() }
  const file = fileOf(dir, path)
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) throw missing(dir, path, what)
  if (stats.isDirectory()) {
    throw refusal(
      `\`${file}\` is a directory, not a file`,
      `give the ${what} inside it: \`${join(file, FILES[what])}\``,
    )
  }
  try {
    return { file, text: readDocument(file)?.text ?? '' }
  } catch (error) {
    throw cannot(`read the ${what} \`${file}\``, error)
  }
}

const FILES = { recipe: runFiles.recipe, overlay: runFiles.adjustYaml }

/** Resolves a path for reading: relative to the run directory, otherwise to the working directory. */
export function fileOf(dir: string, path: string): string {
  if (isAbsolute(path)) return path
  const inRun = join(dir, path)
  return existsSync(inRun) ? inRun : path
}

/**
 * Returns the path in a form that a trainer with another working directory also resolves: as typed if it is in the run
 * directory, otherwise absolute.
 */
export function pathForTrainer(dir: string, path: string): string {
  return isAbsolute(path) || existsSync(join(dir, path)) ? path : resolve(path)
}

function missing(dir: string, path: string, what: string): CommandError {
  const places = isAbsolute(path) || dir === '.' ? '' : `, neither in \`${dir}\` nor in the working directory`
  return refusal(`the ${what} \`${path}\` does not exist${places}`)
}

// This does not use `readFileSync(0)`, which fails on a pipe that is momentarily empty.
function readStandardInput(): string {
  const pieces: Buffer[] = []
  const piece = Buffer.allocUnsafe(65_536)
  for (;;) {
    try {
      const got = readSync(0, piece)
      if (got === 0) return Buffer.concat(pieces).toString('utf8')
      pieces.push(Buffer.from(piece.subarray(0, got)))
    } catch (error) {
      const code = errnoOf(error)
      if (code === 'EOF') return Buffer.concat(pieces).toString('utf8')
      if (code !== 'EAGAIN') throw cannot('read standard input', error)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
