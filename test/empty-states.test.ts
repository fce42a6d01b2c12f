import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FILLING_CODE, FILLING_COMMANDS } from '../apps/dashboard/src/web/parts/filling-lines.ts'
import { provideHotcb, providePackages } from './provided.ts'
import { removeDirectory } from './remove-directory.ts'

// The lines that the dashboard shows if a run has no data do what the page promises.

const IMPORTS = `
import { createMutableState, optimizerActuators } from '@hotcb/actuators'
import { openCallbacks } from '@hotcb/cb/node'
import { openKernel } from '@hotcb/kernel/node'
import { openMetricsCollector } from '@hotcb/metrics/node'
import { openTuner } from '@hotcb/tune/node'
const optimizer = { paramGroups: [{ lr: 0.1 }] }
const [loss, accuracy] = [0.5, 0.9]
`

const OPENING = `
const [runDir] = process.argv.slice(2)
let step = 0
const kernel = LINE
kernel.continueFrom({ step })
kernel.apply({ step }, ['train_step_end'])
await new Promise((resolve) => setTimeout(resolve, 1500))
kernel.apply({ step: 1 }, ['train_step_end'])
kernel.close()
`

const TRAINING = `
const kernel = openKernel('.', {
  state: createMutableState(optimizerActuators(optimizer)),
  modules: [openMetricsCollector(), openCallbacks()],
  checkpoints: { save: () => undefined, load: () => undefined },
})
kernel.continueFrom({ step: 0 })
for (let step = 0; ; step++) {
  if (step % 2 === 0) ${FILLING_CODE.metrics}
  else ${FILLING_CODE.path}
  await new Promise((resolve) => setTimeout(resolve, 5))
}
`

test('the lines of code fill controls, machine metrics, and tuner', async () => {
  const dir = home()
  for (const name of ['controls', 'system', 'tuner'] as const) {
    writeFileSync(join(dir, `${name}.mjs`), IMPORTS + OPENING.replace('LINE', FILLING_CODE[name]))
    expect(await ended(run(dir, `node ${name}.mjs ${name}`))).toBe(0)
  }
  expect(read(dir, 'controls/hotcb.actuators.json')).toContain('"lr"')
  expect(read(dir, 'system/hotcb.metrics.jsonl')).toContain('sys/cpu_percent')
  expect(read(dir, 'tuner/hotcb.state.json')).toContain('"tune"')
})

test('the lines of code and the commands fill metrics, ledger, checkpoints, callbacks, log, autopilot and media', async () => {
  const dir = home()
  writeFileSync(join(dir, 'train.mjs'), IMPORTS + TRAINING)
  writeFileSync(join(dir, 'probe.js'), 'export default class Probe {\n  handle() {}\n}\n')
  writeFileSync(join(dir, 'sample.png'), '')
  run(dir, 'exec node train.mjs')
  await vi.waitFor(() => expect(read(dir, 'hotcb.metrics.jsonl')).toMatch(/"loss".*\n.*"accuracy"/), PATIENT)
  for (const name of ['ledger', 'checkpoints', 'callbacks', 'log'] as const) {
    expect(await ended(run(dir, `${FILLING_COMMANDS[name]} --wait`)), FILLING_COMMANDS[name]).toBe(0)
  }
  const ledger = read(dir, 'hotcb.applied.jsonl')
  for (const what of ['"lr":0.01', '"first"', '"probe"', '"heartbeat"']) expect(ledger).toContain(what)
  await vi.waitFor(() => expect(read(dir, 'hotcb.log')).toContain('alive'), PATIENT)
  run(dir, `exec ${FILLING_COMMANDS.autopilot}`)
  await vi.waitFor(() => expect(existsSync(join(dir, 'hotcb.autopilot.jsonl'))).toBe(true), PATIENT)
  expect(await ended(run(dir, FILLING_COMMANDS.media))).toBe(0)
  expect(existsSync(join(dir, 'media/samples/120.png'))).toBe(true)
})

test('the command of the launcher starts a program that trains', async () => {
  const dir = home()
  writeFileSync(join(dir, 'train.js'), "require('node:fs').writeFileSync('trained', '')\n")
  const command = FILLING_COMMANDS.launcher.replace('launch', 'launch --port 0')
  expect(await ended(run(dir, command))).toBe(0)
  expect(existsSync(join(dir, 'trained'))).toBe(true)
})

const PATIENT = { timeout: 300_000, interval: 100 }

/** A directory with the program and the packages. */
function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-empty-'))
  onTestFinished(() => removeDirectory(dir))
  providePackages(dir)
  return dir
}

function run(dir: string, command: string): ChildProcess {
  // Other tests turn the machine metrics off.
  const { HOTCB_SYSTEM: _, ...env } = process.env
  const child = spawn('sh', ['-c', command], {
    cwd: dir,
    stdio: 'ignore',
    env: { ...env, PATH: pathOf(dir), XDG_STATE_HOME: join(dir, 'state') },
  })
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const over = ended(child)
      child.kill('SIGKILL')
      await over
    }
  })
  return child
}

function pathOf(dir: string): string {
  return existsSync(join(dir, '.bin')) ? `${join(dir, '.bin')}:${process.env['PATH'] ?? ''}` : provideHotcb(dir)
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve))
}

function read(dir: string, name: string): string {
  return existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : ''
}
