import { type CommandError, refusal } from '@hotcb/commands'
import { errnoOf } from '@hotcb/journal'
import { BUILT_IN_TABLE, type ControlDescription, type LedgerLine, type ModuleTable, messageOf } from '@hotcb/protocol'
import { isRunError, shellWord } from '@hotcb/run'
import { openRun as open, type Run, type StreamRecord } from '@hotcb/run/node'
import { nearRuns } from './parse/near-run.ts'

export { openRunDirectory, type Run, type RunFile } from '@hotcb/run/node'

/** A ledger line, raw and parsed. */
export type LedgerRecord = StreamRecord<LedgerLine>

/**
 * Opens the run directory at `dir`.
 *
 * @throws {@link CommandError} `refused`, with a suggestion of what to type instead.
 */
export function openRun(dir: string): Run {
  try {
    return open(dir)
  } catch (error) {
    if (!isRunError(error)) throw error
    throw refusal(error.message, hintOf(error.code, dir), {
      kind: error.code.replaceAll('-', '_'),
      facts: { run_dir: dir, near: nearOf(error.code, dir) },
    })
  }
}

// Only the path of a missing run is likely to be mistyped.
function nearOf(code: string, dir: string): readonly string[] {
  return code === 'no-run' || code === 'no-directory' ? nearRuns(dir) : []
}

function hintOf(code: string, dir: string): string | undefined {
  if (code === 'no-run' && dir === '.') return 'choose a run with `--dir RUN`'
  if (code !== 'no-run' && code !== 'no-directory') return undefined
  const near = nearOf(code, dir)
  if (near.length > 0) return `did you mean ${near.map((path) => `\`${path}\``).join(' or ')}?`
  return `\`hotcb --dir ${shellWord(dir)} init\` ${code === 'no-run' ? 'turns it into one' : 'creates it'}`
}

/** Returns the controls that the trainer describes in `hotcb.actuators.json`; an empty list if there is no such document. */
export function readControls(run: Run): readonly ControlDescription[] {
  try {
    return run.document('actuators').value?.controls ?? []
  } catch {
    // If the document is unreadable, routing falls back on the keys that every trainer has.
    return []
  }
}

/** Returns a run's modules: the built-in ones, and the custom ones that its kernel describes in `hotcb.actuators.json`. */
export function moduleTable(run: Run): ModuleTable {
  try {
    return run.modules()
  } catch {
    // The command that needs the run reports why it cannot be opened.
    return BUILT_IN_TABLE
  }
}

/** Converts an error from a file system call into a one-line refusal. */
export function cannot(doing: string, error: unknown): CommandError {
  const code = errnoOf(error)
  const reason = REASONS[code] ?? messageOf(error)
  return refusal(`cannot ${doing}: ${reason}${code === '' || reason.includes(code) ? '' : ` (${code})`}`)
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a component of the path is a file',
  EISDIR: 'it is a directory',
  ENOSPC: 'no space left on the device',
  ELOOP: 'the symbolic links form a loop',
  ENAMETOOLONG: 'the name is too long',
}
