import { type Globals, refusal, usageError } from '@hotcb/commands'
import { isRunDirectory } from '@hotcb/run/node'
import type { CliContext } from '../context.ts'
import type { Terminal } from '../print/terminal.ts'
import { livingRunsBelow } from './living-runs.ts'

/** The run that a command applies to. */
export type Place = Pick<CliContext, 'dir' | 'dirGiven' | 'dirTyped'>

// These commands create a run or read files from anywhere, so their default is the working directory itself.
const STAY = [
  'init',
  'runs',
  'demo',
  'launch',
  'serve',
  'mcp',
  'diff',
  'replay',
  'recipe show',
  'recipe validate',
  'recipe diff',
  'sweep',
]
const STAYING = [...STAY, 'recipe patch-template', 'recipe apply']

/**
 * Returns the run directory that was typed, or else `HOTCB_DIR`, or else the working directory. If that is not a run, the only live run
 * below it is used; the search only happens when the directory is first read.
 *
 * @param path The words of the command's name.
 */
export function placeOf(
  { dir: typed }: Globals,
  path: readonly string[],
  env: CliContext['env'],
  terminal: Terminal,
): Place {
  if (typed === '') throw usageError('`--dir` is empty: it must be a run directory')
  const given = typed ?? (env['HOTCB_DIR'] || undefined)
  if (given !== undefined) return { dir: given, dirGiven: true, dirTyped: typed !== undefined }
  const isStaying = STAYING.some((name) => name === path[0] || name === path.join(' '))
  let found: string | undefined
  return {
    get dir() {
      found ??= isStaying || isRunDirectory('.') ? '.' : theLivingRun(terminal)
      return found
    },
    dirGiven: false,
    dirTyped: false,
  }
}

function theLivingRun(terminal: Terminal): string {
  const [only, ...more] = livingRunsBelow('.')
  if (only === undefined) return '.'
  if (more.length > 0) {
    const names = [only, ...more].map((dir) => `\`${dir}\``).join(', ')
    throw refusal(`several runs are alive below this directory: ${names}`, 'choose one with `--dir RUN`', {
      kind: 'several_runs',
      facts: { runs: [only, ...more] },
    })
  }
  terminal.err(terminal.dim(`run ${only}`))
  return only
}
