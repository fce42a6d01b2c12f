import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Kernel } from '@hotcb/kernel'
import { type OpenKernelOptions, openKernel } from '@hotcb/kernel/node'
import type { Env, HotModule, Json, JsonObject, LedgerLine } from '@hotcb/protocol'
import { onTestFinished } from 'vitest'
import type { HotCallback } from '../src/callback.ts'
import { type CallbacksOptions, openCallbacks } from '../src/node.ts'

/** A real run directory with a real kernel that the test steps. */
export interface Run {
  readonly dir: string
  readonly module: HotModule
  readonly kernel: Kernel
  /** Writes a file in the run directory; returns its path. */
  write(name: string, text: string): string
  /** Appends a command, as any process can. */
  command(op: string, id: string, more?: JsonObject, module?: string): void
  load(id: string, path: string, symbol: string, more?: JsonObject): void
  /** Runs one safe point with the event `train_step_end`. */
  step(step: number, env?: Partial<Env>): void
  /** The ledger lines of module `cb`, without attempt lines. */
  ledger(): LedgerLine[]
  last(): LedgerLine | undefined
  log(): string
  status(id: string): Record<string, Json>
  close(): void
}

/** The options of a run in a test. */
export interface RunOptions {
  readonly dir?: string
  readonly callbacks?: CallbacksOptions
  readonly kernel?: Partial<OpenKernelOptions>
}

export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-cb-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export function openRun(options: RunOptions = {}): Run {
  const dir = options.dir ?? temporaryFolder()
  const module = openCallbacks({ slowMs: 0, ...options.callbacks })
  const kernel = openKernel(dir, { lookMs: 0, modules: [module], ...options.kernel })
  let closed = false

  function close(): void {
    if (!closed) kernel.close()
    closed = true
  }
  onTestFinished(() => {
    close()
    module.close?.()
  })

  const run: Run = {
    dir,
    module,
    kernel,
    close,
    write(name, text) {
      const path = join(dir, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      return path
    },
    command(op, id, more = {}, name = 'cb') {
      appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify({ module: name, op, id, ...more })}\n`)
    },
    load: (id, path, symbol, more = {}) => run.command('load', id, { target: { kind: 'file', path, symbol }, ...more }),
    step: (step, env = {}) => void kernel.apply({ step, ...env }, ['train_step_end']),
    ledger: () => readLedger(dir).filter((line) => line.module === 'cb'),
    last: () => run.ledger().at(-1),
    log: () => (existsSync(join(dir, 'hotcb.log')) ? readFileSync(join(dir, 'hotcb.log'), 'utf8') : ''),
    status(id) {
      const all = module.status?.() as Record<string, Record<string, Json>>
      return all[id] ?? {}
    },
  }
  return run
}

/** Opens a run with one callback, `one`, that belongs to the trainer. */
export function runWith(one: HotCallback): Run {
  return openRun({ callbacks: { callbacks: { one } } })
}

/** Returns the lines that the callback `one` logged. */
export function said(run: Run): string[] {
  return [...run.log().matchAll(/\[cb one\] (.*)\n/g)].map((match) => match[1] ?? '')
}

export function readLedger(dir: string): LedgerLine[] {
  const text = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerLine)
}

/** A callback that records what it saw in a global list, so that a test can read it. */
export function recorder(name: string, version = 1): string {
  return `
    export class Recorder {
      constructor({ id, every = 1 }) { this.id = id; this.every = every }
      setParams(params) {
        for (const key of Object.keys(params)) if (key !== 'every') throw new TypeError('unknown parameter ' + key)
        this.every = params.every
      }
      handle(event, env) { if (env.step % this.every === 0) globalThis.${name}.push('v${version} ' + event + ' ' + env.step) }
      close() { globalThis.${name}.push('closed v${version}') }
    }`
}

/** The list that `recorder(name)` writes to. */
export function recorded(name: string): string[] {
  const list: string[] = []
  Reflect.set(globalThis, name, list)
  onTestFinished(() => void Reflect.deleteProperty(globalThis, name))
  return list
}
