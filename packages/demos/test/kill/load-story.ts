import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openKernel } from '@hotcb/kernel/node'
import { type LedgerLine, readAttempt, readLedgerLine } from '@hotcb/protocol'
import { exportRecipe, formatRecipe } from '@hotcb/recipe'
import { gadget } from '../../../kernel/test/gadget.ts'
import { createRandom } from '../../src/digits/random.ts'
import { createLoadCommands } from './load-commands.ts'
import { createControls } from './load-controls.ts'
import type { LoadTraining } from './load-trainer.ts'
import { passedOver, type WrittenCommand } from './passed-over.ts'
import { type Running, start } from './programs.ts'

/** The result of a story; `wrong` lists violations. */
export interface LoadStoryResult {
  readonly seed: number
  readonly kills: number
  readonly commands: number
  readonly loads: number
  readonly ends: number
  readonly wrong: readonly string[]
}

interface End {
  readonly step: number
  readonly weights: readonly number[]
  readonly momentum: readonly number[]
  readonly values: readonly unknown[]
}

const MAX_STEPS = 250
const STEP_MS = 2

/**
 * Steers, rewinds and kills a training run at random, lets it run to its end, and compares it with a fold of its
 * ledger and with a strict replay of its recipe.
 */
export async function loadStory(dir: string, program: string, seed: number, kills: number): Promise<LoadStoryResult> {
  const run = join(dir, 'run')
  mkdirSync(run)
  const training: LoadTraining = {
    dir: run,
    maxSteps: MAX_STEPS,
    stepMs: STEP_MS,
    withSchedule: seed % 3 === 0,
    checkpointEvery: seed % 2 === 0 ? 40 : 90,
  }
  const { asked, end, killed } = await steer(run, program, training, { seed, kills })
  const lines = standing(run)
  const wrong = [...answered(run, lines, asked), ...folded(dir, training, end)]
  wrong.push(...(await replayed(dir, program, training, lines, end)))
  const isLoad = ({ op, params, decision }: LedgerLine): boolean =>
    op === 'checkpoint' && params?.['action'] === 'load' && decision === 'applied'
  return {
    seed,
    kills: killed,
    commands: asked.length,
    loads: lines.filter(isLoad).length,
    ends: lines.filter((line) => line.end === true && line.module !== 'core').length,
    wrong,
  }
}

async function steer(
  run: string,
  program: string,
  training: LoadTraining,
  { seed, kills }: { readonly seed: number; readonly kills: number },
): Promise<{ readonly asked: readonly WrittenCommand[]; readonly end: End; readonly killed: number }> {
  const random = createRandom(seed)
  const commands = createLoadCommands(random, MAX_STEPS)
  const asked: WrittenCommand[] = []
  const send = (list: readonly object[]): void => {
    for (const line of list) {
      const cid = `s${seed}-${asked.length}`
      asked.push({ cid, hasAt: 'at' in line })
      appendFileSync(join(run, 'hotcb.commands.jsonl'), `${JSON.stringify({ cid, ...line })}\n`)
    }
  }
  for (const tag of ['a', 'b', 'c']) {
    const at = { step: 5 + random.below(MAX_STEPS / 2) }
    send([{ module: 'core', op: 'checkpoint', params: { action: 'save', tag }, at }])
  }
  for (let i = 0; i < 5; i++) send(commands.group())
  for (let i = 0; i < 12; i++) send(commands.one())
  let killed = 0
  let trainer: Running = start(program, training)
  for (;;) {
    const isOver = await Promise.race([trainer.ended, pause(10 + random.below(30))])
    if (isOver !== undefined) {
      const { code, out } = isOver
      if (code === 0) return { asked, end: JSON.parse(out), killed }
    }
    if (asked.length < 120 && random.below(2) === 0) send(random.below(6) === 0 ? commands.group() : commands.one())
    if (killed < kills && random.below(12) === 0) {
      await trainer.kill()
      killed++
      trainer = start(program, training)
    }
  }
}

/** The ledger's lines that are not void. */
function standing(run: string): LedgerLine[] {
  const lines: LedgerLine[] = []
  let attempt = 0
  for (const text of readFileSync(join(run, 'hotcb.applied.jsonl'), 'utf8').split('\n')) {
    const read = readLedgerLine(jsonOf(text))
    if (!read.ok) continue
    attempt = Math.max(attempt, readAttempt(read.value)?.n ?? 0)
    if ((read.value.attempt ?? attempt) >= attempt) lines.push(read.value)
  }
  return lines
}

// A kill may leave a partial line, which the next kernel terminates.
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function answered(run: string, lines: readonly LedgerLine[], asked: readonly WrittenCommand[]): string[] {
  const answers = new Map<string, number>()
  for (const { cid, of } of lines) if (cid !== null && of === null) answers.set(cid, (answers.get(cid) ?? 0) + 1)
  const state = JSON.parse(readFileSync(join(run, 'hotcb.state.json'), 'utf8')) as { held: { cid: string }[] }
  const held = new Set(state.held.map(({ cid }) => cid))
  const unanswered = passedOver(asked, answers).filter((cid) => !held.has(cid))
  const repeated = asked.filter(({ cid }) => (answers.get(cid) ?? 0) > 1)
  return [
    ...unanswered.map((cid) => `${cid} has no answer`),
    ...repeated.map(({ cid }) => `${cid} has ${answers.get(cid)} answers`),
  ]
}

/** Compares a fold of the ledger, in a copy of the run, with the final values of the trainer. */
function folded(dir: string, training: LoadTraining, end: End): string[] {
  const copy = join(dir, 'folded')
  cpSync(join(dir, 'run'), copy, { recursive: true })
  const { optimizer, lossWeights, state } = createControls(training.withSchedule)
  const kernel = openKernel(copy, { state, modules: [gadget()] })
  kernel.continueFrom({ step: end.step, maxSteps: training.maxSteps })
  kernel.close()
  const values = JSON.stringify([optimizer.paramGroups, lossWeights])
  const live = JSON.stringify(end.values.slice(0, 2))
  return values === live ? [] : [`the fold yields ${values}, but the trainer had ${live}`]
}

async function replayed(
  dir: string,
  program: string,
  training: LoadTraining,
  lines: readonly LedgerLine[],
  end: End,
): Promise<string[]> {
  const recipe = exportRecipe(lines)
  if (!recipe.ok) return [`the run cannot be exported: ${recipe.reason}`]
  const replay = join(dir, 'replay')
  mkdirSync(replay)
  writeFileSync(join(replay, 'hotcb.recipe.jsonl'), formatRecipe(recipe.value.entries))
  writeFileSync(join(replay, 'hotcb.freeze.json'), JSON.stringify({ mode: 'replay', policy: 'strict' }))
  try {
    const { out } = await start(program, { ...training, dir: replay, stepMs: 0 }).ended
    const again = JSON.parse(out) as End
    return JSON.stringify(again) === JSON.stringify(end) ? [] : [`a strict replay ends differently: ${out}`]
  } catch (error) {
    return [`a strict replay failed: ${String(error).slice(0, 500)}`]
  }
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms))
}
