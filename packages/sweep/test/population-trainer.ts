import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMutableState, floatActuator } from '@hotcb/actuators'
import { latestCheckpoint, openKernel } from '@hotcb/kernel/node'

// A population member: one weight that follows its gradient. It waits for the sweep at each boundary, so that decisions do not depend on
// the speed of the machine.
const INTERVAL = 10
const STEPS = 45
const root = process.env['HYPERHERD_WORKSPACE'] ?? '.'
const dir = process.env['HOTCB_RUN_DIR'] ?? '.'
const trial = process.env['HYPERHERD_TRIAL_ID'] ?? '0'
const isReplay = process.env['POPULATION_REPLAY'] === '1'
// A test that limits how far each trial may go writes a number of steps to this file, named after the trial, in the workspace.
const gate = process.env['POPULATION_GATE']

const optimizer = { lr: Number(JSON.parse(process.env['HYPERHERD_PARAMS'] ?? '{}').lr) }
let weight = 10
let taken = 0

const kernel = openKernel(dir, {
  state: createMutableState([
    floatActuator({
      key: 'lr',
      group: 'optimizer',
      min: 0,
      max: 1,
      get: () => optimizer.lr,
      set: (value) => {
        optimizer.lr = value
      },
    }),
  ]),
  lookMs: 0,
  checkpoints: {
    save: ({ dir: folder }) => writeFileSync(join(folder, 'weight'), String(weight)),
    load: ({ dir: folder }) => {
      if (process.env['POPULATION_KILL'] === 'load') killOnce('load')
      weight = Number(readFileSync(join(folder, 'weight'), 'utf8'))
    },
  },
})
const checkpoint = latestCheckpoint(dir)
if (checkpoint !== null) weight = Number(readFileSync(join(checkpoint.dir, 'weight'), 'utf8'))
let step = checkpoint?.step ?? 0
kernel.continueFrom({ step, maxSteps: STEPS }, checkpoint?.snapshot)

while (step < STEPS) {
  if (!isReplay) waitForSweep(step)
  weight -= optimizer.lr * (2 * weight + Math.sin(step))
  log(step)
  taken++
  const { stop, rewound } = kernel.apply({ step, maxSteps: STEPS })
  step = rewound ?? step + 1
  if (stop) break
}
kernel.close()
writeFileSync(join(dir, 'weight'), String(weight))

function killOnce(where: string): void {
  const note = join(root, `killed-in-${where}-${trial}`)
  if (existsSync(note)) return
  writeFileSync(note, '')
  process.kill(process.pid, 'SIGKILL')
}

function log(at: number): void {
  const line = { step: at, wall_time: Date.now() / 1000, metrics: { loss: weight * weight } }
  writeFileSync(join(dir, 'hotcb.metrics.jsonl'), `${JSON.stringify(line)}\n`, { flag: 'a' })
}

function waitForSweep(at: number): void {
  if (gate !== undefined) {
    waitFor(() => Number(text(`../../../${gate}-${trial}`) || 0) > taken)
    return
  }
  if (at > 0 && at % INTERVAL === 0) waitFor(() => text('hotcb.commands.jsonl').includes(`"${saveAt(at)}"`))
  const boundary = at - 1
  if (boundary <= 0 || boundary % INTERVAL !== 0) return
  if (answerTo(saveAt(boundary)) < 0) return
  waitFor(() => decided(boundary) !== undefined)
  if (decided(boundary)?.includes('"exploit"') !== true) return
  // The donor may have deleted its checkpoint in the meantime; then nothing is sent.
  waitFor(() => text('hotcb.commands.jsonl').includes(`"pbt-load-${trial}-${boundary}"`) || isOver(boundary))
}

/** The request for a boundary. After a load, the boundary is passed again with a different request. */
function saveAt(at: number): string {
  const course = ledger().findLastIndex((line) => line.includes('"cut":true'))
  for (let time = 1; ; time++) {
    const cid = `pbt-save-${trial}-${at}${time === 1 ? '' : `-${time}`}`
    const answer = answerTo(cid)
    if (answer < 0 || answer > course) return cid
  }
}

function answerTo(cid: string): number {
  return ledger().findIndex((line) => line.includes(`"${cid}"`) && line.includes('"decision":"applied"'))
}

function ledger(): readonly string[] {
  return text('hotcb.applied.jsonl').split('\n')
}

function decided(at: number): string | undefined {
  return lineOf(at, '"decide"')
}

function isOver(at: number): boolean {
  return lineOf(at, '"lineage"') !== undefined
}

function lineOf(at: number, type: string): string | undefined {
  const journal = join(root, '.hyperherd/journal')
  const lines = readdirSync(journal).flatMap((name) => readFileSync(join(journal, name), 'utf8').split('\n'))
  return lines.find((line) => line.includes(`"pbt/${at}/${trial}"`) && line.includes(type))
}

function text(name: string): string {
  const path = join(dir, name)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function waitFor(isThere: () => boolean): void {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  while (!isThere()) {
    // The test has ended.
    if (!existsSync(root)) process.exit(1)
    Atomics.wait(cell, 0, 0, 20)
  }
}
