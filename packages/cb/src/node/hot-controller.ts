import { dirname, join, resolve } from 'node:path'
import {
  type Appender,
  type DocumentWatch,
  openAppender,
  openTail,
  type Tail,
  type TailBatch,
  watchDocument,
} from '@hotcb/journal'
import {
  checkOptions,
  createSafePointCheck,
  type Env,
  type HotModule,
  type Json,
  type ModuleContext,
  messageOf,
  type Op,
  type OptionKeys,
  parseJson,
  printable,
  readCommand,
  runFiles,
  type SafePointCheck,
  type SubmittedOp,
  sameJson,
} from '@hotcb/protocol'
import { type DesiredCallback, readCallbackConfig } from './callback-config.ts'
import { CALLBACKS_KEYS, type CallbacksOptions, openCallbacks } from './callbacks.ts'

/** Where a controller reads its commands from. All paths are relative to the working directory. */
export interface HotControllerOptions extends CallbacksOptions {
  /** The YAML file with the configured callbacks. @defaultValue none */
  readonly configPath?: string
  /** The command file, in the format of `hotcb.commands.jsonl`. @defaultValue none */
  readonly commandsPath?: string
  /** Receives each line that is also written to `hotcb.log` in the run directory. */
  readonly log?: (message: string) => void
}

/** Callback requests that a controller cannot execute, because it has no kernel. */
export interface ControllerResult {
  /** A callback requested to stop the run. */
  readonly stop: boolean
  readonly asked: readonly SubmittedOp[]
}

/**
 * Runs callbacks in training loops that have no kernel. It reads a YAML file and a command file, and writes no ledger.
 *
 * Every new controller reads the command file from the start, so a restarted run reaches the same state. Callback files are reloaded when
 * they change. Errors are logged and never thrown.
 */
export class HotController {
  readonly #module: HotModule
  readonly #context: ModuleContext
  readonly #config: DocumentWatch | null
  readonly #commands: Tail | null
  readonly #log: (message: string) => void
  readonly #check: SafePointCheck
  #desired: ReadonlyMap<string, DesiredCallback> = new Map()
  #submitted: SubmittedOp[] = []
  #step: number | null = null
  #identityAt = 0

  /** @throws TypeError for an unknown option, or when the run directory cannot be determined. */
  constructor(options: HotControllerOptions) {
    checkOptions('HotController', options, CONTROLLER_KEYS)
    const { configPath, commandsPath, log, ...rest } = options
    const near = commandsPath ?? configPath
    const runDir = options.runDir ?? (near === undefined ? undefined : dirname(resolve(near)))
    if (runDir === undefined) throw new TypeError('one of `configPath`, `commandsPath` and `runDir` must be given')
    this.#config = configPath === undefined ? null : watchDocument(configPath)
    this.#commands = commandsPath === undefined ? null : openTail(commandsPath)
    this.#log = logTo(join(runDir, runFiles.log), log)
    this.#check = createSafePointCheck(refuse, this.#log)
    this.#module = openCallbacks({ watchMs: 500, ...rest, runDir })
    this.#context = this.#createContext(runDir)
    this.#module.attach?.(this.#context)
  }

  /**
   * Runs one safe point: reads new commands and the YAML file, applies them, and runs the callbacks at each event.
   *
   * @param events Default `train_step_end`.
   * @throws TypeError when the first call has no step that is a whole number >= 0, or events that are not a list of
   *   names. Later calls do not throw for these reasons; the log notes the problem once.
   */
  apply(env: Env, events?: readonly string[]): ControllerResult {
    return this.#check.isRight(env, events)
      ? this.#safePoint(env, events)
      : this.#safePoint(...this.#check.corrected(env, events))
  }

  #safePoint(env: Env, events: readonly string[] = ['train_step_end']): ControllerResult {
    this.#step = env.step
    this.#applySubmitted()
    if (this.#config?.changed() === true) this.#reconcile(this.#config)
    if (this.#commands !== null && this.#isLonger(this.#commands)) this.#takeCommands(this.#commands)
    for (const event of events) this.#module.onEvent?.(event, env, this.#context)
    this.#module.onSafePoint?.(env, this.#context)
    if (this.#submitted.length === 0) return NOTHING
    const asked = this.#submitted.filter((op) => op.module !== 'cb')
    this.#submitted = this.#submitted.filter((op) => op.module === 'cb')
    return { stop: asked.some((op) => op.module === 'core' && op.op === 'stop'), asked }
  }

  /**
   * Requests an op. An op for the module `cb` is applied at the next safe point; any other op is in the result of that safe point.
   */
  submit(op: SubmittedOp): void {
    this.#submitted.push(op)
  }

  /** Returns, keyed by ID, whether a callback is enabled and loaded, its target, init and parameters, and its cost. */
  status(): Json {
    return this.#module.status?.() ?? {}
  }

  /** Closes the callbacks and the files. */
  close(): void {
    this.#module.flush?.()
    this.#module.close?.()
    this.#config?.close()
    this.#commands?.close()
  }

  #createContext(runDir: string): ModuleContext {
    const step = (): number | null => this.#step
    return {
      channel: 'live',
      runDir,
      get step() {
        return step()
      },
      total: null,
      controls: [],
      isCatchingUp: false,
      log: (message) => this.#log(message),
      submit: (op) => {
        this.submit(op)
        return null
      },
    }
  }

  /** Reloads and disables that the module submitted at the last safe point. */
  #applySubmitted(): void {
    if (this.#submitted.length === 0) return
    const submitted = this.#submitted
    this.#submitted = []
    for (const { module, op, id = 'main', params = null, target = null, init = null, enabled = null } of submitted) {
      if (module === 'cb') this.#applyOp({ module, op, id, params, target, init, enabled })
    }
  }

  #isLonger(tail: Tail): boolean {
    const now = performance.now()
    if (now >= this.#identityAt) {
      // If a different file has replaced it, the new file is read from the start.
      this.#identityAt = now + IDENTITY_MS
      tail.checkIdentity()
    }
    return tail.look()
  }

  #takeCommands(tail: Tail): void {
    for (
      let batch: typeof NO_LINES = tail.read();
      batch.lines.length > 0;
      batch = batch.more ? tail.read() : NO_LINES
    ) {
      for (const { text, offset } of batch.lines) {
        const reason = text.trim() === '' ? null : this.#takeCommand(text)
        if (reason !== null) this.#log(`command at byte ${offset}: ${reason}`)
      }
    }
  }

  /** Applies one line, or returns the reason why it cannot be applied. */
  #takeCommand(text: string): string | null {
    const parsed = parseJson(text, { nan: 'refuse' })
    const command = parsed.ok ? readCommand(parsed.value) : parsed
    if (!command.ok) return command.reason
    const { module, at, expires, expect } = command.value
    if (module !== 'cb') return `\`${module}\` needs a kernel`
    const [condition] = Object.entries({ at, expires, expect }).find(([, asked]) => asked !== null) ?? []
    if (condition !== undefined) return `\`${condition}\` needs a kernel`
    this.#applyOp(command.value)
    return null
  }

  /** Only changed values in the YAML file become ops, so that a command is not undone by an unrelated edit. */
  #reconcile(config: DocumentWatch): void {
    let text: string | null
    try {
      text = config.read()
    } catch (error) {
      this.#log(messageOf(error))
      return
    }
    const read = readCallbackConfig(text ?? '')
    if (!read.ok) {
      this.#log(`configuration: ${read.reason}; the previous configuration stays in effect`)
      return
    }
    for (const [id, wanted] of read.value) this.#want(id, wanted, this.#desired.get(id))
    this.#desired = read.value
  }

  #want(id: string, wanted: DesiredCallback, before: DesiredCallback | undefined): void {
    const { target, init, enabled, params } = wanted
    const base = { module: 'cb', id }
    if (!sameJson(params, before?.params ?? {})) this.#applyOp({ ...base, op: 'set_params', params })
    if (target !== null && !(sameJson(target, before?.target ?? null) && sameJson(init, before?.init ?? {}))) {
      this.#applyOp({ ...base, op: 'load', params: null, target, init, enabled })
    } else if (before !== undefined && enabled !== before.enabled) {
      this.#applyOp({ ...base, op: enabled ? 'enable' : 'disable', params: null })
    }
  }

  #applyOp(op: Op): void {
    const outcome = this.#module.applyOp?.(op, this.#context)
    if (outcome?.ok === false) this.#log(`${op.op} ${op.id} failed: ${outcome.error}`)
    else this.#log(`${op.op} ${op.id}${outcome?.notes ? `: ${outcome.notes}` : ''}`)
  }
}

const CONTROLLER_KEYS: OptionKeys<HotControllerOptions> = {
  ...CALLBACKS_KEYS,
  configPath: true,
  commandsPath: true,
  log: true,
}

function refuse(problem: string): never {
  throw new TypeError(problem)
}

const IDENTITY_MS = 100
const NO_LINES: Pick<TailBatch, 'lines' | 'more'> = { lines: [], more: false }
const NOTHING: ControllerResult = Object.freeze({ stop: false, asked: Object.freeze([]) })

function logTo(path: string, also: ((message: string) => void) | undefined): (message: string) => void {
  let appender: Appender | null = null
  return (given) => {
    const message = printable(given)
    also?.(message)
    try {
      appender ??= openAppender(path)
      appender.append(`${new Date().toISOString()} [hotcb.cb] ${message}\n`)
    } catch {
      // A log that cannot be written must not stop the run.
    }
  }
}
