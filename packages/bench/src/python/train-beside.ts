import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { replaceDocument } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { openRun } from '@hotcb/run/node'
import type { Arm, Beside } from '../arm.ts'
import { CHANCE, type Trained } from '../train.ts'
import { readTrainerLine, type TrainerLine } from './line.ts'

/** A trainer that is a separate program. `TrainerLine` describes its output. */
export interface TrainerProgram {
  readonly program: string
  /** The arguments of the program. `--run-dir DIR` is added. */
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** How often to check whether someone has paused the run, in which case the trainer waits. */
const PAUSE_MS = 500

/**
 * Trains in another process, in its own run directory. The trainer waits at each evaluation until the arm has read the metrics and acted,
 * so the run is the same on fast and slow machines.
 *
 * @throws Error with the program's last line on stderr if it fails.
 */
export async function trainBeside(
  { program, words, env }: TrainerProgram,
  arm: Pick<Arm, 'beside' | 'stopper'>,
  clock: () => number,
): Promise<Trained> {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  const start = clock()
  // Ctrl-C ends the bench after the current training run, so it must not reach the trainer.
  const child = spawn(program, [...words, '--run-dir', dir], { stdio: ['pipe', 'pipe', 'pipe'], env, detached: true })
  const ended = endOf(child)
  const pauses = setInterval(() => endPause(dir), PAUSE_MS)
  const watcher = watch(dir, arm)
  try {
    let result: Extract<TrainerLine, { k: 'end' }> | undefined
    for await (const text of createInterface({ input: child.stdout })) {
      const line = readTrainerLine(text)
      if (line.k === 'end') result = line
      else child.stdin.write(`${await watcher.answer(line)}\n`)
    }
    const failure = await ended
    if (result === undefined) throw new Error(`the training run failed: ${failure ?? 'it ended without a result'}`)
    const { k: _, loss, ...rest } = result
    return {
      ...rest,
      loss: Number.isFinite(loss) ? Math.min(loss, CHANCE) : CHANCE,
      ...watcher.counted(),
      seconds: clock() - start,
    }
  } finally {
    clearInterval(pauses)
    watcher.close()
    child.kill('SIGKILL')
    await ended
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Lets an arm act from outside the trainer. */
function watch(dir: string, { beside: open, stopper }: Pick<Arm, 'beside' | 'stopper'>) {
  const isOver = stopper?.() ?? (() => false)
  let actions = 0
  let beside: Beside | undefined
  return {
    async answer(line: Exclude<TrainerLine, { k: 'end' }>): Promise<'go' | 'end'> {
      if (line.k === 'start') {
        beside = open?.({ dir, acted: () => actions++ })
        return 'go'
      }
      if (isOver(line.loss)) return 'end'
      if (beside !== undefined) showRate(dir, line.lr)
      await beside?.look(line.step)
      return 'go'
    },
    counted: () => ({ actions, ...(beside?.cost ?? { usd: 0, tokens: 0 }) }),
    close: () => beside?.close(),
  }
}

/** The kernel writes its controls on a timer. Here they must be those of the evaluated step. */
function showRate(dir: string, rate: number): void {
  const controls = openRun(dir).document('actuators').value?.controls ?? []
  const shown = controls.map((control) => (control.param_key === 'lr' ? { ...control, current: rate } : control))
  replaceDocument(join(dir, runFiles.actuators), JSON.stringify({ controls: shown }))
}

/** A paused trainer would wait forever, so its training run ends here. */
function endPause(dir: string): void {
  try {
    const run = openRun(dir)
    if (run.readState().state?.paused === true) run.send([{ module: 'core', op: 'stop' }], { source: 'api' })
  } catch {
    // The run has no state yet, or is being removed.
  }
}

/** Returns null if the program succeeded, otherwise its last line. */
function endOf(child: ChildProcess): Promise<string | null> {
  let last = ''
  child.stderr?.on('data', (data: Buffer) => {
    last = (last + data.toString()).slice(-4000)
  })
  // A trainer that has exited no longer reads answers.
  child.stdin?.on('error', () => undefined)
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) => {
      resolve(code === 0 ? null : (last.trim().split('\n').at(-1) ?? `exit code ${code}`))
    })
  })
}
