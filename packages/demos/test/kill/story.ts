import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LedgerLine, readLedgerLine } from '@hotcb/protocol'
import { removeDirectory } from '../../../../test/remove-directory.ts'
import { createRandom } from '../../src/digits/random.ts'
import { isJson } from '../run-support.ts'
import { scheduled } from './history.ts'
import { passedOver, type WrittenCommand } from './passed-over.ts'
import { type Programs, type Running, start } from './programs.ts'

/** The trainer that is killed, the number of kills, and the length of its run. */
export interface StoryOptions {
  /** Determines commands, moments and victims, but not the speed of the machine. */
  readonly seed: number
  readonly kills: number
  readonly trainer: 'plain' | 'demo'
  /** For the demo, the number of ranks. Rank 0 is killed, and the others must exit on their own. */
  readonly ranks?: number
  readonly maxSteps: number
  /** The pause after each step in milliseconds, so that there is time for kills. */
  readonly stepMs: number
  readonly checkpointEvery: number
  /** The maximum lifetime of a process in milliseconds; half of it counts from its start, half from its first line. */
  readonly lifeMs: number
}

/** The events in a story and the final state of its run. `wrong` lists violations. */
export interface StoryResult {
  readonly kills: number
  readonly attempts: number
  readonly acknowledged: number
  readonly applied: number
  /** The number of kills of a trainer that had not yet re-applied its history. */
  readonly killedInHistory: number
  readonly fromNothing: number
  readonly weights: string
  /** The weights of a run in which the same changes were scheduled. */
  readonly scheduledWeights: string
  readonly wrong: readonly string[]
}

const LOSSES = { plain: ['pull', 'twist'], demo: ['cross_entropy', 'label_smoothing', 'activity'] }

/** Trains in `dir` and kills the trainer, the writer or both repeatedly, then lets the run reach its end and compares it. */
export async function killStory(dir: string, programs: Programs, options: StoryOptions): Promise<StoryResult> {
  const { seed, maxSteps, stepMs, checkpointEvery, lifeMs, ranks } = options
  const random = createRandom(seed)
  const run = join(dir, 'run')
  mkdirSync(run)
  const acknowledged: string[] = []
  const wrong: string[] = []
  let [kills, attempts, killedInHistory, fromNothing, writers] = [0, 0, 0, 0, 0]
  let before = ''
  let ledgerBytes = 0

  const train = (): Running => {
    attempts++
    ledgerBytes = sizeOf(run)
    const isFromNothing = random.below(4) === 0
    if (isFromNothing) {
      fromNothing++
      removeDirectory(join(run, 'hotcb.checkpoints'))
    }
    const asked = { dir: run, maxSteps, stepMs, checkpointEvery, ranks, fromNothing: isFromNothing }
    return start(programs[options.trainer], asked)
  }
  const write = (): Running =>
    start(programs.writer, {
      dir: run,
      seed: seed * 1000 + writers++,
      losses: LOSSES[options.trainer],
      horizon: maxSteps,
    })
  const stop = async (running: Running): Promise<void> => {
    const { out } = await running.kill()
    // Nothing is known about a truncated line.
    acknowledged.push(
      ...out
        .slice(0, out.lastIndexOf('\n') + 1)
        .split('\n')
        .filter(Boolean),
    )
  }

  // On a slow machine too, some are killed while they start and some while they train.
  const live = async (isOver: () => boolean): Promise<void> => {
    const life = random.uniform() * lifeMs
    if (random.below(2) === 0) while (sizeOf(run) === ledgerBytes && !isOver()) await pause(5)
    await pause(life)
  }

  let trainer = train()
  let writer = write()
  while (kills < options.kills) {
    let isOver = false
    const over = trainer.ended.then(() => {
      isOver = true
    })
    await Promise.race([over, live(() => isOver)])
    if (isOver) break
    const victims = random.below(5)
    if (victims !== 1) {
      await trainer.kill()
      if (hasHistoryLeft(run)) killedInHistory++
    }
    if (victims <= 1) await stop(writer)
    kills++
    const ledger = read(join(run, 'hotcb.applied.jsonl'))
    if (!ledger.startsWith(before)) wrong.push(`kill ${kills}: lines of the ledger have disappeared`)
    before = ledger.slice(0, ledger.lastIndexOf('\n') + 1)
    if (victims !== 1) trainer = train()
    if (victims <= 1) writer = write()
  }
  await stop(writer)
  const { out: weights } = await trainer.ended
  const lines = ledgerLines(run, wrong)
  checkAnswers(run, acknowledged, lines, wrong)
  const reference = await scheduledRun(join(dir, 'scheduled'), programs, options, scheduled(lines))
  const difference = compareMetrics(lastMetrics(run), lastMetrics(join(dir, 'scheduled')))
  if (difference !== null) wrong.push(`metrics differ from those of the scheduled run: ${difference}`)
  return {
    kills,
    attempts,
    acknowledged: acknowledged.length,
    applied: lines.filter((line) => line.decision === 'applied' && line.cid !== null).length,
    killedInHistory,
    fromNothing,
    weights,
    scheduledWeights: reference,
    wrong,
  }
}

function sizeOf(run: string): number {
  return statSync(join(run, 'hotcb.applied.jsonl'), { throwIfNoEntry: false })?.size ?? 0
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Whether the killed trainer had not yet reached the last change that it had to re-apply. */
function hasHistoryLeft(run: string): boolean {
  const metrics = read(join(run, 'hotcb.metrics.jsonl')).trimEnd().split('\n')
  const reached = Number(/"step":(\d+)/.exec(metrics.at(-1) ?? '')?.[1] ?? 0)
  return ledgerLines(run, []).some((line) => line.of === null && line.module !== 'core' && (line.step ?? 0) > reached)
}

function ledgerLines(run: string, wrong: string[]): LedgerLine[] {
  const lines: LedgerLine[] = []
  for (const text of read(join(run, 'hotcb.applied.jsonl')).split('\n').filter(Boolean)) {
    try {
      const line = readLedgerLine(JSON.parse(text))
      if (line.ok) lines.push(line.value)
      else wrong.push(`a ledger line: ${line.reason}`)
    } catch {
      // Linux checks for a SIGKILL between the pages of one write, so a partial line may remain, which the next kernel
      // terminates. It was never acknowledged, and its seq is used again.
      const beginning = `{"seq":${lines.length + 1},`
      const isPart = text.startsWith(beginning) || beginning.startsWith(text)
      if (!isPart) wrong.push(`a ledger line that is not JSON: ${text.slice(0, 80)}`)
    }
  }
  const strange = lines.findIndex((line, index) => line.seq !== index + 1)
  if (strange !== -1) wrong.push(`seq ${lines[strange]?.seq} is at position ${strange + 1}`)
  return lines
}

function checkAnswers(
  run: string,
  acknowledged: readonly string[],
  lines: readonly LedgerLine[],
  wrong: string[],
): void {
  const answers = new Map<string, number>()
  for (const { cid, of } of lines) if (cid !== null && of === null) answers.set(cid, (answers.get(cid) ?? 0) + 1)
  const written = read(join(run, 'hotcb.commands.jsonl')).split('\n').filter(Boolean).map(writtenCommand)
  const inFile = new Set(written.map(({ cid }) => cid))
  const isPassedOver = new Set(passedOver(written, answers))
  for (const cid of acknowledged) {
    if (!inFile.has(cid)) wrong.push(`${cid} is not in the command file`)
    if (isPassedOver.has(cid)) wrong.push(`${cid} has no answer`)
  }
  for (const [cid, count] of answers) if (count !== 1) wrong.push(`${cid} has ${count} answers`)
}

async function scheduledRun(
  dir: string,
  programs: Programs,
  { trainer, maxSteps, checkpointEvery, ranks }: StoryOptions,
  commands: readonly object[],
): Promise<string> {
  mkdirSync(dir)
  writeFileSync(join(dir, 'hotcb.commands.jsonl'), commands.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const asked = { dir, maxSteps, stepMs: 0, checkpointEvery, ranks, fromNothing: true }
  const { out } = await start(programs[trainer], asked).ended
  if (read(join(dir, 'hotcb.applied.jsonl')).includes('"notes":"late"'))
    throw new Error('a scheduled command came late')
  return out
}

/** Returns the last value for each step and name. */
function lastMetrics(run: string): Map<string, unknown> {
  const values = new Map<string, unknown>()
  // A kill may have left a partial line, whose step was trained again.
  for (const text of read(join(run, 'hotcb.metrics.jsonl')).split('\n').filter(isJson)) {
    const { step, metrics } = JSON.parse(text)
    for (const [name, value] of Object.entries(metrics)) values.set(`${name} at step ${step}`, value)
  }
  return values
}

function compareMetrics(run: Map<string, unknown>, wanted: Map<string, unknown>): string | null {
  for (const key of new Set([...run.keys(), ...wanted.keys()])) {
    const [a, b] = [run.get(key), wanted.get(key)]
    if (a !== b) return `${key} is ${String(a)}, not ${String(b)}`
  }
  return null
}

// A kill may leave a partial line, which the next writer terminates.
function writtenCommand(line: string): WrittenCommand {
  try {
    const { cid, at } = JSON.parse(line)
    return { cid: String(cid), hasAt: at !== undefined }
  } catch {
    return { cid: '', hasAt: false }
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
