import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import {
  boolActuator,
  choiceActuator,
  createMutableState,
  intActuator,
  lossActuators,
  optimizerActuators,
  tupleActuator,
} from '../../packages/actuators/src/index.ts'
import { openCallbacks } from '../../packages/cb/src/node.ts'
import { type Kernel, KernelError, RecipeError } from '../../packages/kernel/src/index.ts'
import { latestCheckpoint, openKernel } from '../../packages/kernel/src/node.ts'
import { type HotModule, isObject, type Json, type JsonObject } from '../../packages/protocol/src/index.ts'
import { openControls } from '../../packages/runtimectl/src/node.ts'
import { bundle, Finding, inDirectory, type Reader } from './reader.ts'
import { FREEZE, goldenLines, OVERLAY_JSON, OVERLAY_YAML, RECIPE, RUN } from './seeds.ts'

const LEDGER = 'hotcb.applied.jsonl'
const LOG = 'hotcb.log'
const STARTS = 2
const STEPS = 6

/** A kernel on a run directory with arbitrary files: two starts of some steps each. */
export const kernelReader: Reader = {
  name: 'kernel',
  syntax: 'json',
  seeds: [
    bundle(RUN),
    bundle({ ...RUN, 'hotcb.freeze.json': FREEZE, 'r.jsonl': RECIPE, 'o.yaml': OVERLAY_YAML }),
    bundle({ 'hotcb.freeze.json': FREEZE.replace('o.yaml', 'o.json'), 'r.jsonl': RECIPE, 'o.json': OVERLAY_JSON }),
    bundle({
      ...RUN,
      [LEDGER]: `${goldenLines(LEDGER, ['ours']).join('\n')}\n`,
      'hotcb.state.json': documentOf('hotcb.state.jsonl'),
    }),
    bundle({ ...RUN, [LEDGER]: `${goldenLines(LEDGER, ['hotcb2']).join('\n')}\n` }),
  ],
  read: (input) =>
    inDirectory(input, async (dir) => {
      const before = ledgerBytes(dir)
      for (let start = 0; start < STARTS; start++) await train(dir, start)
      return [...checkLedger(dir, before), ...checkLog(dir)]
    }),
}

function documentOf(file: string): string {
  return `${goldenLines(file, ['ours'])[0] ?? '{}'}\n`
}

async function train(dir: string, start: number): Promise<void> {
  const kernel = open(dir)
  if (kernel === null) return
  const checkpoint = start === 0 ? null : latestCheckpoint(dir)
  let step = checkpoint?.step ?? 0
  kernel.continueFrom({ step, maxSteps: 20 }, checkpoint?.snapshot ?? null)
  for (let call = 0; call < STEPS; call++) {
    const events = call % 2 === 0 ? ['train_step_end', 'val_epoch_end'] : []
    const { rewound } = await unpaused(dir, kernel.applyAsync({ step, metrics: { loss: 1 } }, events))
    step = rewound ?? step + 1
  }
  closeKernel(kernel)
}

function open(dir: string): Kernel | null {
  const trainer = createTrainer()
  try {
    return openKernel(dir, {
      ...trainer,
      checkpoints: {
        save: ({ dir: to }) => writeFileSync(join(to, 'weights'), 'w'),
        load: () => undefined,
      },
      lookMs: 0,
    })
  } catch (error) {
    // Its documented error: a directory of a later protocol, or a path that is not a directory.
    if (error instanceof KernelError && error.code === 'cannot-open') return null
    throw error
  }
}

function closeKernel(kernel: Kernel): void {
  try {
    kernel.close()
  } catch (error) {
    // Its documented error: a strict replay that was not followed.
    if (!(error instanceof RecipeError)) throw error
  }
}

/** Ends a pause that a command requested. */
async function unpaused<Value>(dir: string, applied: Promise<Value>): Promise<Value> {
  let isDone = false
  const done = applied.finally(() => {
    isDone = true
  })
  while (!isDone) {
    await Promise.race([done, wait(50)])
    if (isDone) break
    mkdirSync(join(dir, 'hotcb.commands.d'), { recursive: true })
    appendFileSync(join(dir, 'hotcb.commands.d', 'fuzz-000000.jsonl'), '\n{"module":"core","op":"resume"}\n')
  }
  return done
}

function createTrainer(): {
  readonly state: ReturnType<typeof createMutableState>
  readonly modules: readonly HotModule[]
} {
  const optimizer = {
    paramGroups: [
      { name: 'body', lr: 0.1, weightDecay: 0, momentum: 0.9, clipNorm: 0, betas: [0.9, 0.99] },
      { name: 'head', lr: 0.2, weightDecay: 0, momentum: 0.9, clipNorm: 0, betas: [0.9, 0.99] },
    ],
  }
  const own: { pair: readonly number[]; way: Json; count: number; on: boolean } = {
    pair: [0.5, 0.5],
    way: 'fast',
    count: 1,
    on: false,
  }
  const field = <Key extends keyof typeof own>(key: Key) => ({
    key,
    get: () => own[key],
    set: (value: (typeof own)[Key]): void => {
      own[key] = value
    },
  })
  const custom = [
    tupleActuator({ ...field('pair'), min: 0, max: 1 }),
    choiceActuator({ ...field('way'), choices: ['fast', 'slow'] }),
    intActuator({ ...field('count'), min: 0, max: 9 }),
    boolActuator(field('on')),
  ]
  const state = createMutableState(optimizerActuators(optimizer), lossActuators({ ce: 1, aux: 0 }), custom)
  const controls = openControls({ log: () => undefined })
  controls.register('x', () => undefined)
  return { state, modules: [openCallbacks({ warm: false, slowMs: 0 }), controls.module(), saying()] }
}

/** A module that records every op. */
function saying(): HotModule {
  let last: JsonObject | null = null
  return {
    name: 'own',
    applyOp({ params }) {
      const old = last
      last = params ?? null
      return { ok: true, payload: params ?? null, old: { before: old } }
    },
    status: () => ({ last }),
    snapshot: () => ({ last }),
    restore(snapshot) {
      last = isObject(snapshot) && isObject(snapshot['last']) ? (snapshot['last'] as JsonObject) : null
    },
  }
}

function ledgerBytes(dir: string): number {
  const path = join(dir, LEDGER)
  return existsSync(path) ? readFileSync(path).length : 0
}

// The kernel's lines must be valid and numbered without gaps, and each command must be decided once.
function checkLedger(dir: string, before: number): readonly string[] {
  if (ledgerBytes(dir) === 0) return []
  const lines = readFileSync(join(dir, LEDGER)).subarray(before).toString('utf8').split('\n').filter(Boolean)
  // The first may terminate a torn line.
  const own = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const decided = new Set<string>()
  let last: unknown = null
  for (const line of own) {
    if (last !== null && line['seq'] !== Number(last) + 1) throw new Finding(`seq ${line['seq']} after ${String(last)}`)
    last = line['seq']
    if (line['offset'] === null) continue
    const command = `${line['writer']} ${line['offset']}`
    if (decided.has(command)) throw new Finding(`the command at ${command} is decided twice`)
    decided.add(command)
  }
  return own.flatMap(({ error }) => (typeof error === 'string' ? [error] : []))
}

function checkLog(dir: string): readonly string[] {
  const path = join(dir, LOG)
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
  // The stack of an error is a message too, and a longer one.
  return lines.map((line) => (line.length < 25_000 ? line.slice(0, 2000) : line))
}
