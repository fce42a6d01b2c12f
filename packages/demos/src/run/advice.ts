import { isAbsolute, relative } from 'node:path'
import { type FreezeMode, isReplay, printable } from '@hotcb/protocol'
import type { RunPlan } from './run-plan.ts'

/** Returns the command that runs `hotcb`: `npx hotcb` under npm, otherwise `hotcb`, which is on the path. */
export function commandName(): string {
  return process.env['npm_execpath'] === undefined ? 'hotcb' : 'npx hotcb'
}

/** Returns the text before the first step, with a command to try. */
export function invitation(
  plan: RunPlan,
  first: number,
  command: string,
  { freeze, pids }: { readonly freeze: FreezeMode; readonly pids: readonly (number | null)[] },
): string {
  const { maxSteps, stepDelaySeconds } = plan
  const steps = `${count(maxSteps - first)} steps${first === 0 ? '' : `, from step ${first} on`}`
  const pace = stepDelaySeconds === 0 ? '' : `, with a pause of ${stepDelaySeconds} s after each`
  const [advice, words] = adviceFor(freeze)
  return `Training a network on 1,437 handwritten digits: ${steps}${pace}.
Run directory: ${shown(plan.runDir)}
${describeProcesses(pids)}
${advice}

  ${commandLine(plan.runDir, command, words)}

`
}

// Shown for users who want to see what happens if a training run loses a process.
function describeProcesses(pids: readonly (number | null)[]): string {
  if (pids.length === 0) return ''
  const others = pids.map((pid, at) => `rank ${at + 1} is process ${pid ?? '?'}`)
  return `${pids.length + 1} ranks: rank 0 is process ${process.pid}, ${others.join(', ')}\n`
}

function adviceFor(freeze: FreezeMode): readonly [advice: string, words: string] {
  if (freeze === 'off') return ['While it trains, try this in a second terminal, in the same directory:', 'set lr=0.01']
  const why = isReplay(freeze) ? 'It follows a recipe' : 'It is frozen'
  return [`${why}, and refuses all other changes until you type:`, 'unfreeze']
}

/** Returns a command for this run, from the current directory. */
export function commandLine(runDir: string, command: string, words: string): string {
  return `${command} --dir ${quoted(shown(runDir))} ${words}`
}

/** Returns the command that continues this run. */
export function continueLine(runDir: string, command: string): string {
  return `${command} demo --dir ${quoted(shown(runDir))} --continue`
}

/** Returns the command that opens this run in the dashboard. */
export function serveLine(runDir: string, command: string): string {
  return `${command} serve --dir ${quoted(shown(runDir))}`
}

// Returns the shorter of the absolute and the relative path.
function shown(runDir: string): string {
  const fromHere = relative('.', runDir)
  if (fromHere === '') return '.'
  return printable(isAbsolute(runDir) && fromHere.startsWith('..') ? runDir : fromHere)
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
