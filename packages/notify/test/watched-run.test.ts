import { appendFileSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import type { JsonObject } from '@hotcb/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readNotifyConfig } from '../src/index.ts'
import { openFleet } from '../src/node/fleet.ts'
import { openMachineKey, runTag } from '../src/node/machine-key.ts'
import { isNotifyError, NotifyError, openNotifier, openNotifyChannels, sendNow } from '../src/node/notifier.ts'
import { watchPageRules } from '../src/node/page-rules-file.ts'
import { temporaryDirectory } from './directory.ts'
import { ledger, runWithTrainer, writeState } from './run-with-trainer.ts'
import { logOf, report, watch } from './watching.ts'

const YAML = (rules: string) => `channels:\n  here: {kind: terminal}\nrules: [${rules}]\n`
const terminalLines = (troubles: readonly string[]) =>
  troubles.flatMap((text) => (text.startsWith('terminal: ') ? [text.slice('terminal: '.length)] : []))

describe('the notifier of a run', () => {
  test('reports each state as it begins and ends', async () => {
    const dir = runWithTrainer()
    const { look, troubles } = await watch(
      dir,
      YAML('{on: paused}, {on: frozen}, {on: superseded}, {on: finished}, {on: failed}'),
    )
    await look()
    expect(troubles).toEqual([])
    const steps: [object, object?][] = [
      [{ paused: true }],
      [{ freeze: { mode: 'prod', recipe_path: null, adjust_path: null, policy: 'strict', step_offset: 0 } }],
      [{}, { attempt: 2 }],
      [{ closed: true, step: 99 }, { attempt: 2 }],
    ]
    for (const [state, kernel] of steps) {
      writeState(dir, state, kernel)
      await look()
    }
    expect(terminalLines(troubles)).toEqual(
      expect.arrayContaining([
        'exp: paused: the run is paused at step 40',
        'exp: frozen: the run is frozen: prod',
        'exp: paused, recovered: no longer: the run is paused at step 40',
        'exp: taken over: attempt 2 has taken over the run from attempt 1',
        'exp: frozen, recovered: no longer: the run is frozen: prod',
        'exp: finished: the run ended at step 99',
      ]),
    )
    expect(terminalLines(troubles)).toHaveLength(6)
  })

  test('distinguishes a run that was stopped, one that failed, and one whose process is gone', async () => {
    const ending = async (end: (dir: string) => void) => {
      const dir = runWithTrainer()
      const { look, troubles } = await watch(dir, YAML('{on: finished}, {on: stopped}, {on: failed}'))
      await look()
      end(dir)
      await look()
      return terminalLines(troubles)
    }
    const stop = (dir: string, decision: string): void => {
      ledger(dir, { op: 'stop', decision })
      writeState(dir, { closed: true })
    }
    expect(await ending((dir) => stop(dir, 'applied'))).toEqual(['exp: stopped: the run was stopped at step 40'])
    expect(await ending((dir) => stop(dir, 'failed'))).toEqual(['exp: finished: the run ended at step 40'])
    expect(await ending((dir) => writeState(dir, {}, { start: 'another/process/1' }))).toEqual([])
    expect(
      await ending((dir) => writeState(dir, {}, { pid: 2 ** 22 - 3, start: processStart()?.replace(/[^/]*$/, '1') })),
    ).toEqual([
      expect.stringMatching(/^exp: failed: its process 4194301 is gone, and the run was not closed at step 40$/),
    ])
  })

  test('judges new metrics together with the history, the controls and the length of the run', async () => {
    const dir = runWithTrainer()
    writeFileSync(join(dir, 'hotcb.run.json'), '{"max_steps": 100, "key_metric": "val_loss"}')
    const lr = { param_key: 'lr', type: 'float', group: 'optimizer', current: 0.5 }
    writeFileSync(
      join(dir, 'hotcb.actuators.json'),
      JSON.stringify({ controls: [lr, { ...lr, param_key: 'odd', current: [1] }] }),
    )
    report(dir, 1, 'val_loss', 5, 6)
    const rules =
      '{on: gt, metric: val_loss, value: 3}, {id: w, when: "count(val_loss) >= 4 and ctl(\'lr\') > 0.4 and frac > 0.4"}'
    const { look, troubles } = await watch(dir, YAML(rules))
    await look()
    expect(troubles).toEqual([])
    appendFileSync(join(dir, 'hotcb.metrics.jsonl'), 'nonsense\n')
    report(dir, 50, 'val_loss', 4, 2)
    await look()
    expect(terminalLines(troubles)).toEqual(
      expect.arrayContaining([
        'exp: val_loss too high: 4 > 3',
        'exp: val_loss too high, recovered: no longer: 4 > 3',
        expect.stringMatching(/^exp: w: count\(val_loss\) >= 4 and .* \(val_loss 2\)$/),
      ]),
    )
    expect(terminalLines(troubles)).toHaveLength(3)
  })

  test('asks about a proposal, and records the sent messages in its log', async () => {
    const dir = runWithTrainer()
    const { look, troubles } = await watch(dir, YAML('{on: waiting_approval}, {on: alert}'))
    await look()
    const line = { action_id: 'a1-1', ts: Date.now() / 1000, step: 5, kind: 'proposed', source: 'autopilot', rule_id: 'r', reason: 'why', command: { cid: 'ap-a1-1' } } // biome-ignore format: one line of a log
    appendFileSync(
      join(dir, 'hotcb.autopilot.jsonl'),
      `${JSON.stringify(line)}\n${JSON.stringify({ ...line, action_id: 'a1-2', kind: 'alert', command: null })}\n`,
    )
    await look()
    expect(terminalLines(troubles)).toEqual([
      'exp: waiting for approval: a1-1 (r) is waiting for an answer: why Answer: hotcb autopilot approve a1-1, or hotcb autopilot reject a1-1.',
      'exp: autopilot alert: r: why',
    ])
    ledger(dir, { module: 'opt', op: 'set_params', cid: 'ap-a1-1', payload: { lr: 0.1 } })
    await look()
    const tag = runTag(dir)
    const kinds = logOf(dir).map(({ kind, data }) => {
      const { key = '', phase = '', state = '', id = '' } = data as Readonly<Record<string, string>>
      return [kind, key, phase, state, id].filter((word) => word !== '').join(' ')
    })
    expect(kinds).toEqual(
      expect.arrayContaining([
        'begin',
        'edge waiting_approval a1-1 opened',
        `notify waiting_approval a1-1 due ${tag}.1-1`,
        `notify waiting_approval a1-1 sent ${tag}.1-1`,
        `notify alert a1-2 due ${tag}.1-2`,
        'seen',
      ]),
    )
    expect(kinds.filter((kind) => kind.includes('recovered'))).toEqual([])
  })

  test('resends messages that an earlier notifier had not sent, except those that are too old or have no channel', async () => {
    const dir = runWithTrainer()
    const message = { title: 't', text: 'x', level: 'info', run: 'r', step: 1, rule: 'r', phase: 'opened', metric: null, value: null, action: null } // biome-ignore format: one line of a log
    const due = (id: string, age: number, channel = 'here'): string =>
      `${JSON.stringify({ kind: 'notify', ts: Date.now() / 1000 - age, data: { id, key: 'k', channel, state: 'due', tries: 0, message: { ...message, title: id }, reason: null, ref: null } })}\n`
    writeFileSync(join(dir, 'hotcb.notify.jsonl'), due('young', 5) + due('old', 4000) + due('gone', 5, 'other'))
    const { look, troubles } = await watch(dir, YAML('{on: paused}'))
    await look()
    expect(terminalLines(troubles)).toEqual(['young: x'])
    const dropped = logOf(dir).flatMap(({ data }) => {
      const { state, id, reason } = data as JsonObject
      return state === 'dropped' ? [[id, reason]] : []
    })
    expect(dropped).toEqual([
      ['old', 'older than an hour'],
      ['gone', 'the channel no longer exists'],
    ])
  })

  test('continues conditions that began before it started, unless that was long ago', async () => {
    const dir = runWithTrainer()
    const yaml = YAML('{on: paused}')
    const first = await watch(dir, yaml)
    await first.look()
    writeState(dir, { paused: true })
    await first.look()
    await first.close()
    writeState(dir)
    const second = await watch(dir, yaml)
    await second.look()
    expect(terminalLines(second.troubles)).toEqual(['exp: paused, recovered: paused'])
    writeState(dir, { paused: true })
    await second.look()
    await second.close()
    const ago = Date.now() / 1000 - 7200
    utimesSync(join(dir, 'hotcb.notify.jsonl'), ago, ago)
    const third = await watch(dir, yaml)
    await third.look()
    expect(terminalLines(third.troubles)).toEqual([])
    const edges = logOf(dir)
      .filter(({ kind }) => kind === 'edge')
      .map(({ data }) => (data as JsonObject)['phase'])
    expect(edges.at(-1)).toBe('recovered')
  })

  test('is the only one, except that a notifier that sends messages replaces one that only records alerts', async () => {
    const dir = runWithTrainer()
    const first = await watch(dir, YAML('{on: paused}'))
    await expect(watch(dir, YAML('{on: paused}'))).rejects.toThrow(`is held by notifier (process ${process.pid}`)
    const second = await watch(dir, YAML('{on: paused}'), { takeOver: true })
    expect([first.notifier.look(), second.notifier.look()]).toEqual([false, true])
    expect(first.troubles).toEqual([
      `exp: another notifier has taken over (process ${process.pid}); this one will stop`,
    ])
  })

  test('reports problems with the rules of the page once', async () => {
    const dir = runWithTrainer()
    writeFileSync(join(dir, 'hotcb.alerts.json'), '{"rules": {"a": {"on": "nam"}, "b": {"on": "nan"}}}')
    const { look, troubles } = await watch(dir, YAML(''))
    await look()
    await look()
    expect(troubles).toEqual([
      `exp: \`${join(dir, 'hotcb.alerts.json')}\`: rule "a": \`on\` cannot be "nam": did you mean \`nan\`?`,
    ])
    const rules = watchPageRules(dir)
    expect([rules.rules().map(({ id }) => id), rules.look(), rules.troubles()]).toEqual([
      ['b'],
      false,
      [expect.stringContaining('"nam"')],
    ])
    expect(watchPageRules(temporaryDirectory()).rules()).toEqual([])
  })
})

describe('notifiers of several runs', () => {
  const said: string[] = []
  const ports = { env: {}, terminal: { line: (text: string) => void said.push(text), bell: () => undefined }, approvals: null, onTrouble: (text: string) => void said.push(text) } // biome-ignore format: a stand-in

  function config(rules: string) {
    const read = readNotifyConfig(YAML(rules), 'n')
    if (!read.ok) throw new Error(read.problems.join('\n'))
    return read.config
  }

  test('watch runs that are alive until they are detached', async () => {
    const [alive, dead] = [runWithTrainer(), runWithTrainer()]
    writeState(dead, { closed: true })
    const notifier = await openNotifier({ config: config('{on: paused}'), ports, isOpenEnded: true })
    for (const dir of [alive, alive, dead, temporaryDirectory()]) notifier.attach(dir)
    expect(notifier.runs()).toEqual([alive])
    notifier.detach(alive)
    expect(notifier.runs()).toEqual([])
    await notifier.close()
  })

  test('end when other notifiers have taken over all runs', async () => {
    const dir = runWithTrainer()
    const notifier = await openNotifier({ config: config('{on: paused}'), ports, dirs: [dir] })
    await expect(openNotifier({ config: config('{on: paused}'), ports, dirs: [dir] })).rejects.toThrow(
      'is held by notifier',
    )
    const other = await openNotifier({ config: config('{on: paused}'), ports, dirs: [dir], takeOver: true })
    await notifier.ended
    expect([notifier.runs(), other.runs()]).toEqual([[], [dir]])
    await Promise.all([notifier.close(), other.close()])
  })

  test('if channels cannot be opened, the error contains all reasons', async () => {
    const read = readNotifyConfig(
      'channels:\n  a: {kind: webhook, url: "https://h/", secret: env:NONE}\n  b: {kind: slack, webhook: env:NOT}\n',
      'n',
    )
    if (!read.ok) throw new Error('must be read')
    const opened = openNotifyChannels(read.config, ports)
    const error = await opened.catch((one: unknown) => one)
    expect(isNotifyError(error) && error.problems).toEqual([
      expect.stringContaining('the environment variable `NONE` is not set'),
      expect.stringContaining('the environment variable `NOT` is not set'),
    ])
    expect([isNotifyError(new Error('x')), new NotifyError([]).message]).toEqual([
      false,
      'the configuration cannot be used',
    ])
  })

  test('a message is sent immediately to the requested channels', async () => {
    const open = await openNotifyChannels(config(''), ports)
    onTestFinished(() => open.close())
    const message = { title: 'test', text: 'x', level: 'info', run: 'r', step: null, rule: 'test', phase: 'test', metric: null, value: null, action: null } as const // biome-ignore format: one line
    expect(await sendNow(open, message, ['here', 'none'])).toEqual([{ channel: 'here', ok: true, reason: null }])
    expect(said.at(-1)).toBe('test: x')
    expect(await sendNow(open, message, [])).toEqual([])
  })

  test('a fleet watches each run with its own configuration, and reports problems with one once', async () => {
    const [good, bad, none] = [runWithTrainer(), runWithTrainer(), runWithTrainer()]
    writeFileSync(join(good, 'hotcb.notify.yaml'), YAML('{on: paused}'), { mode: 0o600 })
    writeFileSync(join(bad, 'hotcb.notify.yaml'), 'rules: 5\n', { mode: 0o600 })
    const troubles: string[] = []
    const env = { XDG_CONFIG_HOME: temporaryDirectory() }
    const engines = (dir: string) =>
      logOf(dir).flatMap(({ kind, data }) => (kind === 'begin' ? [(data as JsonObject)['engine']] : []))
    const fleet = openFleet({
      findDirs: () => [good, bad, none, bad],
      ports: { ...ports, env, onTrouble: (text) => void troubles.push(text) },
      alertsAlways: true,
    })
    await expect
      .poll(
        () =>
          [good, bad, none]
            .map((dir) => statSync(join(dir, 'hotcb.notify.jsonl'), { throwIfNoEntry: false })?.size ?? 0)
            .every((size) => size > 0),
        { timeout: 300_000 },
      )
      .toBe(true)
    expect([engines(good), engines(bad), engines(none)]).toEqual([['notifier'], ['alerts'], ['alerts']])
    expect(troubles).toEqual([`${join(bad, 'hotcb.notify.yaml')}:1:8: \`rules\` must be a list, got 5`])
    await fleet.close()
    expect(logOf(good).at(-1)?.['kind']).toBe('end')
  })
})

test("a machine's key is created once, is private, and always yields the same codes", () => {
  const env = { XDG_STATE_HOME: temporaryDirectory() }
  const [first, second] = [openMachineKey(env), openMachineKey(env)]
  expect(first('text')).toBe(second('text'))
  expect(first('text')).toMatch(/^[\w-]{43}$/)
  expect(first('other')).not.toBe(first('text'))
  const path = join(env.XDG_STATE_HOME, 'hotcb/notify.key')
  expect([statSync(path).mode & 0o777, readFileSync(path).length]).toEqual([0o600, 32])
  writeFileSync(path, 'short')
  expect(() => openMachineKey(env)).toThrow(
    `\`${path}\` is too short for a key: remove it, and a new one will be created`,
  )
  expect(runTag(temporaryDirectory())).toMatch(/^[0-9a-f]{8}$/)
})
