import { type Env, isThenable, messageOf } from '@hotcb/protocol'

/** The loggers in a training loop's env. */
export interface FoundLoggers {
  /** A TensorBoard writer: it has `add_scalar` or `addScalar`. */
  readonly tensorBoard: object | null
  /** An MLflow client, with the run that it writes to. */
  readonly mlflow: { readonly client: object; readonly runId: string } | null
  /** A Comet experiment: it has `log_metric` or `logMetric`. */
  readonly comet: object | null
}

/**
 * Finds the loggers of TensorBoard, MLflow and Comet that a training loop passes to `kernel.apply`.
 *
 * It checks the same places as hotcb 2: `logger`, `loggers`, `experiment` and `run` in env, in `trainer` and in `callback.trainer`, then
 * the `experiment` or `writer` of each. `mlflow` may be `[client, runId]`, and `comet_experiment` an experiment.
 */
export function findLoggers(env: Env): FoundLoggers {
  const candidates = loggersOf(env).flatMap((one) => [one, ...objects(read(one, 'experiment'), read(one, 'writer'))])
  return {
    tensorBoard: candidates.find((one) => methodOf(one, 'add_scalar', 'addScalar') !== undefined) ?? null,
    mlflow: findMlflow(env),
    comet: findComet(env, candidates),
  }
}

/** The result of {@link logScalar}. */
export interface Logged {
  /** The loggers that accepted the value: `tensorboard`, `mlflow`, `comet`. */
  readonly to: readonly string[]
  /** One line for each logger that threw. */
  readonly problems: readonly string[]
}

/**
 * Writes a number to every logger that {@link findLoggers} finds. Never throws, and does not wait.
 *
 * @param step @defaultValue `env.step`
 */
export function logScalar(env: Env, name: string, value: number, step: number = env.step): Logged {
  const { tensorBoard, mlflow, comet } = findLoggers(env)
  const to: string[] = []
  const problems: string[] = []
  function send(where: string, target: object | undefined, names: readonly string[], values: readonly unknown[]): void {
    const method = target && methodOf(target, ...names)
    if (method === undefined) return
    try {
      const given: unknown = Reflect.apply(method, target, values)
      // The value may be sent over a network. The logger must report any later failure itself.
      if (isThenable(given)) Promise.resolve(given).catch(() => undefined)
      to.push(where)
    } catch (error) {
      problems.push(`${where}: ${messageOf(error)}`)
    }
  }
  send('tensorboard', tensorBoard ?? undefined, ['add_scalar', 'addScalar'], [name, value, step])
  // `log_metric(run, key, value, timestamp, step)`, as in MLflow clients.
  send('mlflow', mlflow?.client, METRIC, [mlflow?.runId, name, value, Date.now(), step])
  send('comet', comet ?? undefined, METRIC, [name, value, step])
  return { to, problems }
}

const METRIC = ['log_metric', 'logMetric'] as const

function loggersOf(env: Env): readonly object[] {
  const own = objects(env['logger'], env['loggers'], env['experiment'], env['run'])
  const trainers = objects(env['trainer'], read(env['callback'], 'trainer'))
  const theirs = trainers.flatMap((trainer) => objects(read(trainer, 'logger'), read(trainer, 'loggers')))
  return [...new Set([...own, ...theirs])]
}

function findMlflow(env: Env): FoundLoggers['mlflow'] {
  const given = env['mlflow']
  const pairs: (readonly [unknown, unknown])[] = Array.isArray(given) ? [[given[0], given[1]]] : []
  for (const logger of loggersOf(env)) {
    const runId = read(logger, 'run_id') ?? read(logger, 'runId')
    pairs.push([read(logger, 'experiment'), runId], [read(logger, 'client'), runId])
  }
  for (const [client, runId] of pairs) {
    const isRun = (typeof runId === 'string' && runId !== '') || typeof runId === 'number'
    if (isObjectLike(client) && isRun && methodOf(client, ...METRIC) !== undefined) {
      return { client, runId: String(runId) }
    }
  }
  return null
}

// MLflow has a method with the same name, so an object that is not passed as a Comet experiment must be recognized by its class.
function findComet(env: Env, candidates: readonly object[]): object | null {
  const given = env['comet_experiment']
  if (isObjectLike(given) && methodOf(given, ...METRIC) !== undefined) return given
  const isComet = (one: object): boolean => /comet/i.test(classOf(one)) && methodOf(one, ...METRIC) !== undefined
  return candidates.find(isComet) ?? null
}

function classOf(value: object): string {
  const made = read(value, 'constructor')
  return typeof made === 'function' ? made.name : ''
}

function objects(...values: readonly unknown[]): readonly object[] {
  return values.flatMap((value) => (Array.isArray(value) ? value : [value])).filter(isObjectLike)
}

function isObjectLike(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

// Reads a field from an external object, whose getter may throw.
function read(value: unknown, key: string): unknown {
  if (!isObjectLike(value)) return undefined
  try {
    return Reflect.get(value, key)
  } catch {
    return undefined
  }
}

function methodOf(value: object, ...names: readonly string[]): ((...values: unknown[]) => unknown) | undefined {
  for (const name of names) {
    const method = read(value, name)
    // The name of the method defines its arguments.
    if (typeof method === 'function') return method as (...values: unknown[]) => unknown
  }
  return undefined
}
