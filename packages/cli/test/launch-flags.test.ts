import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type LaunchFlags, optionsOf } from '../src/commands/launch/launch-options.ts'
import type { CliContext } from '../src/context.ts'
import { runHere } from './here.ts'
import { temporaryDirectory } from './hotcb.ts'

const NOTHING: LaunchFlags = { _: [], serve: true }

function options(flags: Partial<LaunchFlags>, context: Partial<CliContext> = {}): unknown {
  const all = optionsOf({ ...NOTHING, ...flags }, { json: false, dir: 'd', dirGiven: false, ...context } as CliContext)
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

test('a flag that was not given is left out', () => {
  expect(options({})).toEqual({})
  expect(options({ serve: false })).toEqual({ serve: false })
  expect(options({}, { json: true })).toEqual({ serve: false })
})

test('every flag is an option of the launch', () => {
  expect(
    options({
      ...{ _: ['python', 'train.py'], config: 'simple', 'train-fn': 'm:f', 'run-dir': 'r', 'from-checkpoint': 'c' },
      ...{ set: 'lr=x0.5', 'max-steps': '10', 'max-time': '2.5', 'step-delay': '0', seed: '7', autopilot: 'ai_auto' },
      ...{ 'key-metric': 'loss', rules: 'a.yaml,b.yaml', tune: 'active', notify: 'n.yaml', host: 'h', port: '80' },
      ...{ 'ai-model': 'm', 'ai-base-url': 'u', 'ai-budget': '2', 'ai-cadence': '5', 'learn-from': 'l', resume: 'x' },
    }),
  ).toEqual({
    command: ['python', 'train.py'],
    config: 'simple',
    trainFn: 'm:f',
    runDir: 'r',
    resume: 'x',
    fromCheckpoint: 'c',
    set: ['lr=x0.5'],
    maxSteps: 10,
    maxTimeSeconds: 2.5,
    stepDelaySeconds: 0,
    seed: 7,
    autopilot: 'ai_auto',
    keyMetric: 'loss',
    rules: ['a.yaml', 'b.yaml'],
    tune: 'active',
    notify: 'n.yaml',
    host: 'h',
    port: 80,
    aiModel: 'm',
    aiBaseUrl: 'u',
    aiBudget: 2,
    aiCadence: 5,
    learnFrom: 'l',
  })
})

test('`--dir` selects the directory of a new run, but not of a resumed one', () => {
  expect(options({}, { dirGiven: true })).toEqual({ runDir: 'd' })
  expect(options({ 'run-dir': 'r' }, { dirGiven: true })).toEqual({ runDir: 'r' })
  expect(options({ resume: 'x' }, { dirGiven: true })).toEqual({ resume: 'x' })
  expect(() => options({ autopilot: 'atuo' })).toThrow('unknown mode `atuo`: did you mean `auto`?')
})

const TRAININGS = { ports: { trainings: () => Promise.resolve({} as never) } }

async function refused(line: string, cwd = temporaryDirectory()) {
  const { code, out, err } = await runHere(['launch', ...line.split(' ')], { cwd, ...TRAININGS })
  return { code, out, err: err.replaceAll(cwd, 'HERE') }
}

test('a launch that is impossible is refused in one line', async () => {
  const listeners = process.listenerCount('SIGTERM')
  expect(await refused('--resume none')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: the directory `HERE/none` does not exist\n',
  })
  expect(await refused('--allow all -- true')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: --allow must be a list of propose, control, sweep, got "all"\n',
  })
  expect(await refused('--config-file none.yaml -- true')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: the config file `none.yaml` does not exist\n',
  })
  expect(await refused('--config simple --train-fn m:f')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: `--config` and `--train-fn` both select a training program: pass only one of them\n',
  })
  expect(await refused('--set lr=1 -- true')).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: `set` changes a run that starts from a checkpoint: pass `fromCheckpoint` too\n',
  })
  expect(process.listenerCount('SIGTERM')).toBe(listeners)
  expect(await runHere(['launch', '--', 'true'])).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: this program was built without training runs\n',
  })
})

test("the directory's config file is read, unless the run has its own", async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'hotcb.launch.yaml'), 'max_stepz: 3\n')
  expect(await refused('-- true', cwd)).toEqual({
    code: 2,
    out: '',
    err: 'hotcb: hotcb.launch.yaml:1:1: no option is called `max_stepz`: did you mean `max_steps`?\n',
  })
  expect((await refused('--resume none', cwd)).err).toEqual('hotcb: the directory `HERE/none` does not exist\n')
  expect((await refused('--from-checkpoint none', cwd)).err).toEqual(
    'hotcb: the directory `HERE/none` does not exist\n',
  )
})

test('model flags without effect are reported', async () => {
  const flags = '--ai-model m --ai-base-url http://a --ai-budget 1 --ai-cadence 5'
  expect((await refused(`--resume none ${flags}`)).err.split('\n')[0]).toEqual(
    '`--ai-model`, `--ai-base-url`, `--ai-budget`, `--ai-cadence`: no effect in mode `off`',
  )
  expect((await refused('--resume none --ai-budget 1 --autopilot auto')).err.split('\n')[0]).toEqual(
    '`--ai-budget`: no effect in mode `auto`',
  )
  expect((await refused('--resume none --ai-budget 1 --autopilot ai_auto')).err.split('\n')).toHaveLength(2)
})
