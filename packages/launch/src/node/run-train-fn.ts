import { pathToFileURL } from 'node:url'
import { didYouMean, isObject, messageOf, traceOf } from '@hotcb/protocol'
import { warn } from '@hotcb/protocol/node'
import { createJiti } from 'jiti'

/** The argument of a train function. */
export interface TrainFnArguments {
  readonly runDir: string
  readonly maxSteps: number
  /** The delay after each step, in seconds. */
  readonly stepDelaySeconds: number
  readonly seed: number
  /** Whether the run was trained before, so that the function should continue from its last checkpoint. */
  readonly resume: boolean
  /** Aborted when the training must stop. In a training run with a kernel, the kernel stops the training before that. */
  readonly signal: AbortSignal
}

/**
 * Loads a module, calls one of its functions, and waits for the function to finish.
 *
 * @returns The exit code: 1 if the function cannot be found or throws.
 */
export async function runTrainFn(file: string, name: string, env: NodeJS.ProcessEnv): Promise<number> {
  const abort = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => abort.abort(signal))
  // The timer keeps the process alive for a function that is waiting only for its signal.
  const waiting = setInterval(() => undefined, 60_000)
  try {
    const fn = await load(file, name)
    await fn({
      runDir: env['HOTCB_RUN_DIR'] ?? '.',
      maxSteps: Number(env['HOTCB_MAX_STEPS']),
      stepDelaySeconds: Number(env['HOTCB_STEP_DELAY']),
      seed: Number(env['HOTCB_SEED']),
      resume: env['HOTCB_RESUME'] === '1',
      signal: abort.signal,
    } satisfies TrainFnArguments)
    return 0
  } catch (error) {
    warn(traceOf(error) ?? messageOf(error))
    return 1
  } finally {
    clearInterval(waiting)
  }
}

type TrainFn = (given: TrainFnArguments) => unknown

async function load(file: string, name: string): Promise<TrainFn> {
  // Node imports JavaScript directly. TypeScript is compiled first.
  const module: unknown = /\.[cm]?ts$/.test(file)
    ? await createJiti(file, { fsCache: false }).import(file)
    : await import(pathToFileURL(file).href)
  const exported = isObject(module) ? module : {}
  const fn = exported[name] ?? (isObject(exported['default']) ? exported['default'][name] : undefined)
  if (typeof fn === 'function') return fn as TrainFn
  const names = Object.keys(exported).filter((one) => typeof exported[one] === 'function')
  throw new TypeError(
    `\`${file}\` exports no function \`${name}\`: ${didYouMean(name, names, names.length === 0 ? 'it exports none' : `it exports ${names.join(', ')}`)}`,
  )
}
