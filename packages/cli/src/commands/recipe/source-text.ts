import { existsSync, readFileSync, readSync, statSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { type CommandError, refusal } from '@hotcb/commands'
import { errnoOf } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { cannot } from '../../run.ts'

/** A recipe or an overlay as it was read. */
export interface SourceText {
  /** Its path from here, for messages; `stdin` where `-` was asked for. */
  readonly file: string
  readonly text: string
}

/**
 * Reads a file that a person named; `-` is standard input.
 *
 * @param what What it is, for messages.
 * @throws {@link CommandError} `refused` when it cannot be read.
 */
export function readSource(dir: string, path: string, what: 'recipe' | 'overlay'): SourceText {
  if (path === '-') return { file: 'stdin', text: readStandardInput() }
  const file = fileOf(dir, path)
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) throw missing(dir, path, what)
  if (stats.isDirectory()) {
    throw refusal(`\`${file}\` is a directory, not a file`, `name the ${what} in it: \`${join(file, FILES[what])}\``)
  }
  try {
    return { file, text: readFileSync(file, 'utf8') }
  } catch (error) {
    throw cannot(`read the ${what} \`${file}\``, error)
  }
}

const FILES = { recipe: runFiles.recipe, overlay: runFiles.adjustYaml }

/** Where a path to be read lies: relative ones against the run directory, then the working directory. */
export function fileOf(dir: string, path: string): string {
  if (isAbsolute(path)) return path
  const inRun = join(dir, path)
  return existsSync(inRun) ? inRun : path
}

/**
 * The path as a trainer, whose working directory may be another, finds it too: as typed where it lies in the run
 * directory, absolute elsewhere.
 */
export function pathForTrainer(dir: string, path: string): string {
  return isAbsolute(path) || existsSync(join(dir, path)) ? path : resolve(path)
}

function missing(dir: string, path: string, what: string): CommandError {
  const places = isAbsolute(path) || dir === '.' ? '' : `: neither in \`${dir}\` nor in the working directory`
  return refusal(`there is no ${what} \`${path}\`${places}`)
}

// Not `readFileSync(0)`: a pipe that is empty for the moment would be an error.
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
