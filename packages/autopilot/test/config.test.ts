import { expect, test } from 'vitest'
import { DEFAULT_AUTOPILOT_CONFIG, readAutopilotConfig, readKeyMetricText, withMode, withRule } from '../src/index.ts'

const FILE = `# how this run is watched
mode: suggest   # ask me
key_metric: {name: score, direction: max}
rules:
  - mine.yaml
# limits of the lab
limits:
  lr: {auto: x2, ask: x30, drift: x10}
`

test('a config is read with its key metric, files of rules and limits', () => {
  const read = readAutopilotConfig(FILE)
  expect(read).toMatchObject({
    ok: true,
    value: { mode: 'suggest', keyMetric: { name: 'score', direction: 'max' }, rules: ['mine.yaml'], disabled: [] },
  })
  expect([readAutopilotConfig(''), readAutopilotConfig('# nothing yet\n')]).toEqual([
    { ok: true, value: DEFAULT_AUTOPILOT_CONFIG },
    { ok: true, value: DEFAULT_AUTOPILOT_CONFIG },
  ])
})

test('a config says whether a run trains on or pauses while a rescue waits for an answer', () => {
  const waits = (text: string): unknown => {
    const read = readAutopilotConfig(text)
    return read.ok ? read.value.onWait : read.reason
  }
  expect(['', 'mode: auto', 'on_wait: train', 'on_wait: pause'].map(waits)).toEqual([
    ...['train', 'train', 'train', 'pause'],
  ])
})

test('a config with a mistake is refused whole, with line and column', () => {
  const reasonOf = (text: string): unknown => {
    const read = readAutopilotConfig(text)
    return read.ok ? 'none' : read.reason
  }
  expect(reasonOf('mode: sugest\n')).toBe(
    'hotcb.autopilot.yaml:1:7: no `mode` is called "sugest": did you mean `suggest`?',
  )
  expect(reasonOf('mode: auto\nlimit: {}\n')).toBe(
    'hotcb.autopilot.yaml:2:1: no field is called `limit` here: did you mean `limits`?',
  )
  expect(reasonOf('mode: auto\nlimits: {lr: {auto: much}}\n')).toMatch(
    /^hotcb\.autopilot\.yaml:2:9: `limits\.lr\.auto`/,
  )
  expect(reasonOf('on_wait: stop\n')).toBe('hotcb.autopilot.yaml:1:10: no `on_wait` is called "stop": train, pause')
  expect(reasonOf('mode: auto\nai: {budget: 5}\n')).toBe('hotcb.autopilot.yaml:2:14: a mapping expected, got 5')
  expect(reasonOf('mode: [auto\n')).toMatch(/^hotcb\.autopilot\.yaml:\d+:1: /)
})

test('an edit changes one key and keeps comments and all other lines', () => {
  expect(withMode(FILE, 'auto')).toEqual({ ok: true, text: FILE.replace('mode: suggest', 'mode: auto') })
  expect(withMode('', 'off')).toEqual({ ok: true, text: 'mode: off\n' })
  expect(withMode('# only this', 'off')).toEqual({ ok: true, text: '# only this\nmode: off\n' })
  expect(withRule(FILE, 'mine', false)).toEqual({ ok: true, text: `${FILE}disabled: ["mine"]\n` })
})

test('a rule that is switched off and on again leaves no trace but the key', () => {
  const off = withRule('disabled:\n  - a\n  - b # why\nmode: auto\n', 'c', false)
  expect(off).toEqual({ ok: true, text: 'disabled: ["a", "b", "c"]\nmode: auto\n' })
  expect(off.ok && withRule(off.text, 'a', true)).toEqual({ ok: true, text: 'disabled: ["b", "c"]\nmode: auto\n' })
})

test('a file that cannot be read, or edited so, is not changed', () => {
  expect(withMode('mode: [', 'auto')).toMatchObject({ ok: false })
  expect(withMode('{mode: suggest}\n', 'auto')).toEqual({
    ok: false,
    reason: '`mode` cannot be set in this file: edit it by hand',
  })
})

test('a key metric has the direction that its name says, or that is written behind it', () => {
  expect(['val_loss', 'accuracy', 'x:max', 'loss:max', 'x'].map(readKeyMetricText)).toEqual([
    { name: 'val_loss', direction: 'min' },
    { name: 'accuracy', direction: 'max' },
    { name: 'x', direction: 'max' },
    { name: 'loss', direction: 'max' },
    undefined,
  ])
})
