import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandsOf, stateDocument, writeRun } from './answerer.ts'
import { BEGIN, newRun } from './autopilot-run.ts'
import { runHere } from './here.ts'
import type { Ended } from './hotcb.ts'

const RULES = `version: 2
rules:
  - {id: falls, when: "loss < 1.5", action: {set: {lr: x0.5}}, confidence: high, cooldown: 1000}
  - {id: asleep, when: "loss < 1", action: {do: pause}, confidence: low, enabled: false}
`

function autopilot(dir: string, ...words: readonly string[]): Promise<Ended> {
  return runHere(['--dir', dir, 'autopilot', ...words])
}

/** A run with a rule file and falling metrics. */
function ruledRun(config = 'rules: [rules.yaml]\n'): string {
  const dir = newRun([])
  writeFileSync(join(dir, 'rules.yaml'), RULES)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), config)
  const records = Array.from({ length: 40 }, (_, step) => ({ step, metrics: { loss: 2 - step / 20 } }))
  writeRun(dir, { metrics: records.map((one) => `${JSON.stringify(one)}\n`).join('') })
  return dir
}

const inRun = (dir: string, { code, out, err }: Ended): Ended => ({
  code,
  out: out.replaceAll(dir, 'RUN'),
  err: err.replaceAll(dir, 'RUN'),
})

test('rules are listed with their state and location', async () => {
  const dir = ruledRun()
  expect(inRun(dir, await autopilot(dir, 'rules'))).toEqual({
    code: 0,
    out: 'falls   on   loss < 1.5  high  RUN/rules.yaml:3  has not fired\nasleep  off  loss < 1    low   RUN/rules.yaml:4\n',
    err: '',
  })
  expect(JSON.parse((await autopilot(dir, 'rules', '--json')).out.replaceAll(dir, 'RUN'))).toEqual({
    rules: [
      {
        id: 'falls',
        condition: 'when',
        params: {},
        program: 'loss < 1.5',
        action: {
          kind: 'set',
          values: {
            lr: {
              mul: 0.5,
            },
          },
        },
        description: '',
        metric: null,
        confidence: 'high',
        enabled: true,
        cooldown: 1000,
        hold: 1,
        clear: 1,
        settle: 20,
        version: 2,
        place: 'RUN/rules.yaml:3',
        standing: {
          rule: 'falls',
          state: 'ready',
          fired: 0,
          lastStep: null,
          action: null,
          until: null,
          isRestrained: false,
        },
      },
      {
        id: 'asleep',
        condition: 'when',
        params: {},
        program: 'loss < 1',
        action: {
          kind: 'do',
          what: 'pause',
        },
        description: '',
        metric: null,
        confidence: 'low',
        enabled: false,
        cooldown: 100,
        hold: 1,
        clear: 1,
        settle: 20,
        version: 2,
        place: 'RUN/rules.yaml:4',
        standing: {
          rule: 'asleep',
          state: 'off',
          fired: 0,
          lastStep: null,
          action: null,
          until: null,
          isRestrained: false,
        },
      },
    ],
  })
  expect((await autopilot(newRun([]), 'rules')).out.split('\n').slice(0, 3)).toEqual([
    'spike_emergency_lr       on  nan of train_loss            high    built in  has not fired',
    'divergence_emergency_lr  on  divergence of train_loss     high    built in  has not fired',
    'plateau_lr_reduce        on  stuck of train_loss          medium  built in  has not fired',
  ])
})

test('a rule file is checked', async () => {
  const dir = ruledRun()
  expect(inRun(dir, await autopilot(dir, 'rules', 'check', join(dir, 'rules.yaml')))).toEqual({
    code: 0,
    out: 'RUN/rules.yaml: 2 rules, no mistakes\n',
    err: '',
  })
  writeFileSync(join(dir, 'one.yaml'), RULES.split('\n').slice(0, 3).join('\n'))
  expect(inRun(dir, await autopilot(dir, 'rules', 'check', join(dir, 'one.yaml')))).toEqual({
    code: 0,
    out: 'RUN/one.yaml: 1 rule, no mistakes\n',
    err: '',
  })
  const json = await autopilot(dir, 'rules', 'check', join(dir, 'rules.yaml'), '--json')
  expect(JSON.parse(json.out)).toEqual({ file: join(dir, 'rules.yaml'), rules: ['falls', 'asleep'] })
})

test('a rule is switched off and on in the config', async () => {
  const dir = ruledRun()
  expect(await autopilot(dir, 'rules', 'disable', 'falls')).toEqual({
    code: 0,
    out: 'falls is off, written to hotcb.autopilot.yaml\n',
    err: '',
  })
  expect(readFileSync(join(dir, 'hotcb.autopilot.yaml'), 'utf8')).toEqual('rules: [rules.yaml]\ndisabled: ["falls"]\n')
  expect((await autopilot(dir, 'rules')).out.split('\n')[0]).toMatch(/^falls +off /)
  expect((await autopilot(dir, 'rules', 'enable', 'falls')).out).toBe('falls is on, written to hotcb.autopilot.yaml\n')
  expect((await autopilot(dir, 'rules')).out.split('\n')[0]).toMatch(/^falls +on /)
  const json = await autopilot(dir, 'rules', 'disable', 'asleep', '--json')
  expect(JSON.parse(json.out)).toEqual({ rule: 'asleep', enabled: false, file: 'hotcb.autopilot.yaml' })
})

test.each<[string, number, string]>([
  ['rules check', 2, '`rules check` needs a file'],
  ['rules enable', 2, '`rules enable` needs a rule ID'],
  ['rules disable', 2, '`rules disable` needs a rule ID'],
  ['rules disable fals', 1, 'no rule `fals`: did you mean `falls`?'],
  ['rules enable other', 1, 'no rule `other`: choose from falls, asleep'],
  ['rules enable asleep', 1, '`asleep` is disabled in its definition and can only be enabled there: RUN/rules.yaml:4'],
  ['rules enabel falls', 2, '`ACTION` must be one of check, enable, disable, got "enabel": did you mean `enable`?'],
  ['rules list', 2, '`ACTION` must be one of check, enable, disable, got "list"'],
  ['mode atuo', 2, 'unknown mode `atuo`: did you mean `auto`?'],
  ['mode x', 2, 'unknown mode `x`: off, suggest, auto, ai_suggest, ai_auto'],
  [
    'test --key-metric quux',
    2,
    'the name `quux` does not show whether lower or higher is better; write `quux:min` or `quux:max`',
  ],
])('`autopilot %s` is refused', async (line, code, message) => {
  const dir = ruledRun()
  const ended = inRun(dir, await autopilot(dir, ...line.split(' ')))
  expect(ended).toEqual({ code, out: '', err: `hotcb: ${message}\n` })
})

test('a dry run shows the steps at which rules would have fired', async () => {
  const dir = ruledRun()
  expect(await autopilot(dir, 'test')).toEqual({
    code: 0,
    out: 'falls   would have fired at 11  loss < 1.5 is true\nasleep  would not have fired\n',
    err: '',
  })
  expect(await autopilot(newRun([]), 'test', join(dir, 'rules.yaml'), '--run', dir, '--key-metric', 'loss')).toEqual({
    code: 0,
    out: 'falls   would have fired at 11  loss < 1.5 is true\nasleep  would not have fired\n',
    err: '',
  })
  expect(JSON.parse((await autopilot(dir, 'test', '--json')).out)).toEqual({
    fired: [
      {
        rule: 'falls',
        step: 11,
        because: 'loss < 1.5 is true',
      },
    ],
    counts: {
      falls: 1,
    },
    lastStep: 39,
    isWhole: true,
  })
  expect(await autopilot(ruledRun('rules: [rules.yaml]\ndisabled: [falls]\n'), 'test')).toEqual({
    code: 0,
    out: 'asleep  would not have fired\n',
    err: '',
  })
})

test('a mode is written to the config; an autopilot in the trainer gets a command', async () => {
  const dir = newRun([])
  expect(await autopilot(dir, 'mode', 'off')).toEqual({
    code: 0,
    out: 'mode off was written to hotcb.autopilot.yaml; no autopilot is running; the next one will use it\n',
    err: '',
  })
  expect(JSON.parse((await autopilot(newRun([BEGIN]), 'mode', 'ai_auto', '--json')).out)).toEqual({
    mode: 'ai_auto',
    file: 'hotcb.autopilot.yaml',
    running: true,
  })
  expect((await autopilot(newRun([BEGIN]), 'mode', 'auto')).out).toEqual(
    'mode auto was written to hotcb.autopilot.yaml; the autopilot will read it within seconds\n',
  )
  expect(readFileSync(join(dir, 'hotcb.autopilot.yaml'), 'utf8')).toBe('mode: off\n')
  writeRun(dir, { state: stateDocument({ modules: { autopilot: { mode: 'off', key_metric: 'loss', n: 1 } } }) })
  expect((await autopilot(dir, 'mode', 'suggest')).out).toMatch(/^· .*queued {2}\w+\n$/)
  expect(commandsOf(dir)).toMatchObject([{ module: 'autopilot', op: 'mode', params: { mode: 'suggest' } }])
  expect(readFileSync(join(dir, 'hotcb.autopilot.yaml'), 'utf8')).toBe('mode: off\n')
})
