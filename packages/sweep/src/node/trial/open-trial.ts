import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readDocument, replaceDocument } from '@hotcb/journal'
import { formatMetricRecord, isObject, parseJson, runFiles, show } from '@hotcb/protocol'
import { hasKernel } from './has-kernel.ts'
import { TrialPruned, type TrialSignal } from './trial-error.ts'

/** The trial that this process trains. */
export interface RunningTrial {
  readonly index: number
  /** The attempt number, counted from 1; 0 in `herd test`. */
  readonly attempt: number
  /** The name of the combination, for folders and titles. */
  readonly name: string
  /** Its parameter values, at full precision. */
  readonly params: Readonly<Record<string, unknown>>
  /** The trial's run directory. */
  readonly runDir: string
  /**
   * Records a result. With a step, the value is one point of a curve; without a step, it is the final value with that name. Only rank 0
   * writes.
   *
   * @throws TrialPruned after a value with a step was written, if the sweep has asked the trial to stop.
   */
  logResult(name: string, value: number, step?: number): void
  logResult(name: string, value: unknown): void
  /** Returns the sweep's request, if there is one. */
  signal(): TrialSignal | null
}

/**
 * Returns the trial that this process runs, read from the environment.
 *
 * @throws Error if the process is not a trial in a sweep, or if its workspace is not visible from here, as in a container that does not
 *   mount it.
 */
export function openTrial(env: NodeJS.ProcessEnv = process.env): RunningTrial {
  const workspace = required(env, 'HYPERHERD_WORKSPACE')
  const index = Number(required(env, 'HYPERHERD_TRIAL_ID'))
  const manifest = join(workspace, '.hyperherd', 'manifest.json')
  if (!existsSync(manifest)) {
    throw new Error(`\`${manifest}\` does not exist; the sweep directory must be visible where the trial runs`)
  }
  const results = join(workspace, '.hyperherd', 'results')
  const runDir = env['HOTCB_RUN_DIR'] ?? join(results, String(index))
  const attempt = Number(env['HYPERHERD_ATTEMPT'] ?? '1')
  const isWriter = rankOf(env) === 0
  const signal = (): TrialSignal | null => readSignal(join(results, String(index), '_signal'))
  return {
    index,
    attempt,
    name: env['HYPERHERD_TRIAL_NAME'] ?? '',
    params: paramsOf(env),
    runDir,
    signal,
    logResult(name: string, value: unknown, step?: number) {
      checkName(name)
      if (!isWriter) return
      if (step === undefined) {
        setFinal(join(results, `${index}.json`), name, value)
        return
      }
      appendPoint(join(results, String(index)), { name, value: numberOrNull(name, value), step, attempt })
      const asked = signal()
      if (asked !== null) throw new TrialPruned(asked, index)
    },
  }
}

/** Records a result of the trial that this process runs: see {@link RunningTrial.logResult}. */
export function logResult(name: string, value: unknown, step?: number): void {
  const trial: { logResult(name: string, value: unknown, step?: number): void } = openTrial()
  trial.logResult(name, value, step)
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name]
  if (value !== undefined && value !== '') return value
  throw new Error(
    `${name} is not set: this process is not a trial in a sweep; \`herd run\` and \`herd test\` set the variable`,
  )
}

/** Returns the rank from the variables that torchrun, Slurm or MPI set; 0 without them. */
function rankOf(env: NodeJS.ProcessEnv): number {
  return Number(env['RANK'] ?? env['SLURM_PROCID'] ?? env['OMPI_COMM_WORLD_RANK'] ?? '0')
}

function paramsOf(env: NodeJS.ProcessEnv): Readonly<Record<string, unknown>> {
  const parsed = parseJson(env['HYPERHERD_PARAMS'] ?? '{}')
  return parsed.ok && isObject(parsed.value) ? parsed.value : {}
}

/** Checks a name. Names are paths below `stream`: `val/loss` is a file in a folder. */
function checkName(name: string): void {
  const parts = name.split(/[/\\]/)
  if (parts.every((part) => part !== '' && part !== '.' && part !== '..') && !name.includes('\0')) return
  throw new RangeError(`${show(name)} is not a result name; use a name such as loss or val/loss`)
}

function numberOrNull(name: string, value: unknown): number | null {
  if (typeof value !== 'number')
    throw new TypeError(`${show(name)} is logged at a step, so it must be a number, got ${show(value)}`)
  return Number.isFinite(value) ? value : null
}

function setFinal(path: string, name: string, value: unknown): void {
  const parsed = parseJson(readDocument(path)?.text ?? '{}')
  const before = parsed.ok && isObject(parsed.value) ? parsed.value : {}
  mkdirSync(dirname(path), { recursive: true })
  replaceDocument(path, `${JSON.stringify({ ...before, [name]: value }, null, 2)}\n`)
}

interface Point {
  readonly name: string
  readonly value: number | null
  readonly step: number
  readonly attempt: number
}

function appendPoint(dir: string, { name, value, step, attempt }: Point): void {
  if (!Number.isSafeInteger(step)) throw new RangeError(`\`step\` must be a whole number, got ${show(step)}`)
  const ts = Date.now() / 1000
  const path = join(dir, 'stream', `${name}.jsonl`)
  mkdirSync(dirname(path), { recursive: true })
  appendFileSync(path, `${JSON.stringify({ step, value, ts, attempt })}\n`)
  // A kernel writes the metrics of its run itself.
  if (hasKernel(dir)) return
  appendFileSync(join(dir, runFiles.metrics), formatMetricRecord({ step, wall_time: ts, metrics: { [name]: value } }))
}

function readSignal(path: string): TrialSignal | null {
  const word = readDocument(path)?.text.trim()
  return word === 'prune' || word === 'pause' ? word : null
}
