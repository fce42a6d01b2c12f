import { isAbsolute, relative } from 'node:path'
import { type FreezeMode, isReplay, printable, type RunDocument } from '@hotcb/protocol'
import { describeRanks, type TeamEnd } from '../ranks/team-end.ts'
import { percent } from './progress.ts'
import type { RunPlan } from './run-plan.ts'

/** How `hotcb` is to be called from here: npm knows its own `npx`, elsewhere it is on the path. */
export function commandName(): string {
  return process.env['npm_execpath'] === undefined ? 'hotcb' : 'npx hotcb'
}

/** What is printed before the first step, with the line to try. */
export function invitation(
  plan: RunPlan,
  first: number,
  command: string,
  { freeze, pids }: { readonly freeze: FreezeMode; readonly pids: readonly (number | null)[] },
): string {
  const { maxSteps, stepDelay } = plan
  const steps = `${count(maxSteps - first)} steps${first === 0 ? '' : `, from step ${first} on`}`
  const pace = stepDelay === 0 ? '' : `, ${stepDelay} s of rest after each`
  const [advice, words] = adviceFor(freeze)
  return `Training a network on 1,437 handwritten digits: ${steps}${pace}.
Run directory: ${shown(plan.runDir)}
${describeProcesses(pids)}
${advice}

  ${commandLine(plan.runDir, command, words)}

`
}

// Whoever wants to see what becomes of a training without one of them.
function describeProcesses(pids: readonly (number | null)[]): string {
  if (pids.length === 0) return ''
  const others = pids.map((pid, at) => `rank ${at + 1} is process ${pid ?? '?'}`)
  return `${pids.length + 1} ranks: rank 0 is process ${process.pid}, ${others.join(', ')}\n`
}

function adviceFor(freeze: FreezeMode): readonly [advice: string, words: string] {
  if (freeze === 'off') return ['Try in a second terminal, here, while it trains:', 'set lr=0.01']
  const why = isReplay(freeze) ? 'It follows a recipe' : 'It is frozen'
  return [`${why}, and refuses all other changes until you type:`, 'unfreeze']
}

/** What is printed at the end. `ranks` is what became of them, where there were several. */
export function summary(
  document: RunDocument,
  plan: RunPlan,
  command: string,
  { ranks, isServable }: { readonly ranks: TeamEnd | null; readonly isServable: boolean },
): string {
  const { final_metrics: metrics, stopped_early: early, weights_sha256: sha } = document
  const accuracy = metrics?.['val_accuracy'] ?? Number.NaN
  const loss = metrics?.['val_loss'] ?? Number.NaN
  return `${plan.before === document ? 'Finished before' : early ? 'Stopped early' : 'Done'}: ${percent(accuracy)} of 360 test digits right, loss ${loss.toFixed(4)}.
Weights: sha256 ${printable(sha ?? 'not recorded')}
${ranks === null ? '' : describeRanks(ranks)}What was changed, and when: ${commandLine(plan.runDir, command, 'log')}
${isServable ? `See it again in a browser:  ${command} serve --dir ${quoted(shown(plan.runDir))}\n` : ''}`
}

function commandLine(runDir: string, command: string, words: string): string {
  return `${command} --dir ${quoted(shown(runDir))} ${words}`
}

// The shorter way to say it, from where the person is.
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
