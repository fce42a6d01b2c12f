import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { removeDirectory } from '../../../test/remove-directory.ts'
import { joinOptions, type LaunchOptions, planLaunch, readOptionFile, type Trainings } from '../src/index.ts'
import { launch, readConfigFile } from '../src/node.ts'

const TRAINING = {
  description: '',
  argv: ['true'],
  maxSteps: 800,
  stepDelaySeconds: 0.12,
  keyMetric: 'val_loss',
  writesRun: true,
}
const TRAININGS: Trainings = { simple: TRAINING, multitask: TRAINING, finetune: TRAINING }

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-options-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

const MISTAKES: readonly (readonly [options: object, message: RegExp])[] = [
  [{ config: 'simpel' }, /^no training run is called `simpel`: did you mean `simple`\?$/],
  [{ config: 'toString' }, /^no training run is called `toString`: choose from simple, multitask, finetune$/],
  [
    { config: 'simple', trainFn: 'a:b' },
    /^`--config` and `--train-fn` both select a training program: pass only one of them$/,
  ],
  [{ config: 'simple', command: ['node', 'a.js'] }, /^`--config` and a command both select a training program/],
  [{ trainFn: 'my_module' }, /^`--train-fn` must be MODULE:FUNCTION, such as my_module:train, got "my_module"$/],
  [{ trainFn: 'a:b c' }, /^`--train-fn` must be MODULE:FUNCTION/],
  [{ trainFn: 'nowhere:train' }, /^cannot find the module `nowhere`: it must be/],
  [{ command: [] }, /^`command` must be a list of strings, got \[\]$/],
  [{ keyMetric: 'quality' }, /write `quality:min` or `quality:max`$/],
  [{ autopilot: 'ai_atuo' }, /^unknown mode "ai_atuo": did you mean `ai_auto`\?$/],
  [{ autopilot: 'atuo' }, /^unknown mode "atuo": did you mean `auto`\?$/],
  [{ maxSteps: 0 }, /^`maxSteps` must be a whole number >= 1, got 0$/],
  [{ maxTimeSeconds: 0 }, /^`maxTimeSeconds` must be a number > 0, got 0$/],
  [{ stepDelaySeconds: -1 }, /^`stepDelaySeconds` must be a number >= 0, got -1$/],
  [{ seed: 1.5 }, /^`seed` must be a whole number >= 0, got 1\.5$/],
  [{ port: 65_536 }, /^`port` must be a port from 0 to 65535, got 65536$/],
  [{ tune: 'on' }, /^`tune` must be off, observe, suggest, active, got "on"$/],
  [{ maxStep: 5 }, /maxStep/],
  [{ resume: 'a', fromCheckpoint: 'b' }, /^`resume` continues a run, whereas `fromCheckpoint` starts a new one/],
  [{ set: ['lr=1'] }, /^`set` changes a run that starts from a checkpoint: pass `fromCheckpoint` too$/],
  [{ fromCheckpoint: 'a', set: [] }, /^`set` must be a list of strings, got \[\]$/],
  [{ resume: 'none' }, /does not exist/],
  [{ fromCheckpoint: 'none:step-3' }, /does not exist/],
  [{ notify: 'none.yaml' }, /^cannot copy `.*none\.yaml` into the run directory/],
]

test.each(MISTAKES)('launch(%j) is refused in one line, and leaves no directory', async (options, message) => {
  const cwd = home()
  const refused = await launch(options as LaunchOptions, { trainings: TRAININGS, cwd }).then(
    () => 'started',
    (error: Error) => error.message,
  )
  expect(refused).toMatch(message)
  expect(refused).not.toContain('\n')
  const { readdirSync } = await import('node:fs')
  expect(readdirSync(cwd).filter((name) => name !== 'runs')).toEqual([])
})

test('a config file contains options by name, and a mistake is refused with its position', () => {
  const cwd = home()
  const path = join(cwd, 'hotcb.launch.yaml')
  writeFileSync(path, 'config: simple\nmax_steps: 5\nrules: mine.yaml\nautopilot: suggest\nport: 9000\nnotify:\n')
  expect(readConfigFile(path)).toEqual({
    config: 'simple',
    maxSteps: 5,
    rules: ['mine.yaml'],
    autopilot: 'suggest',
    port: 9000,
  })
  const problems = [
    ['config: simple\nmax_step: 5\n', 'f.yaml:2:1: no option is called `max_step`: did you mean `max_steps`?'],
    ['max_steps: many\n', 'f.yaml:1:12: `max_steps` must be a whole number >= 1, got "many"'],
    ['- simple\n', 'f.yaml:1:1: expected an object with options, got ["simple"]'],
    ['resume: runs/a\n', 'f.yaml:1:1: no option is called `resume`'],
  ]
  for (const [text = '', problem] of problems) {
    const read = readOptionFile(text, 'f.yaml')
    expect([text, read.ok ? 'read' : read.reason]).toEqual([text, expect.stringContaining(problem ?? '')])
  }
  expect(() => readConfigFile(join(cwd, 'none.yaml'))).toThrow(/^the config file `.*none\.yaml` does not exist$/)
})

test('given options take precedence over the file, even if they equal the default; a given training replaces that in the file', () => {
  const file: LaunchOptions = { config: 'simple', maxSteps: 5, port: 9000 }
  expect(joinOptions({ maxSteps: 800, port: undefined }, file)).toEqual({ config: 'simple', maxSteps: 800, port: 9000 })
  expect(joinOptions({ trainFn: 'a:b' }, file)).toMatchObject({ trainFn: 'a:b', config: undefined, maxSteps: 5 })
})

test('a plan has the defaults of its training', () => {
  expect(planLaunch({}, TRAININGS)).toMatchObject({
    name: 'multitask',
    maxSteps: 800,
    stepDelaySeconds: 0.12,
    autopilot: 'off',
    keyMetric: { name: 'val_loss', direction: 'min' },
    writesRun: false,
  })
  expect(planLaunch({ trainFn: 'src/my module.ts:train' }, TRAININGS)).toMatchObject({
    name: 'my-module',
    maxSteps: 1000,
    stepDelaySeconds: 0.1,
    keyMetric: null,
    writesRun: true,
  })
  expect(planLaunch({ command: ['python3', 'a.py'] }, TRAININGS)).toMatchObject({
    name: 'command',
    maxSteps: null,
    stepDelaySeconds: null,
  })
})

test('the option names in a config file are part of the format, and do not depend on names in the code', () => {
  const text = [
    'learn_from: runs/a',
    'step_delay: 0.5',
    'max_steps: 7',
    'max_time: 60',
    'key_metric: val_loss',
    'stop_seconds: 3',
  ]
  expect(readOptionFile(text.join('\n'), 'launch.yaml')).toMatchObject({
    ok: true,
    value: {
      learnFrom: 'runs/a',
      stepDelaySeconds: 0.5,
      maxSteps: 7,
      maxTimeSeconds: 60,
      keyMetric: 'val_loss',
      stopSeconds: 3,
    },
  })
})
