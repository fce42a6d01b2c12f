import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { approvalPort } from '../src/commands/notify/approvals.ts'
import { answerCommands, commandsOf, stateDocument, writeRun } from './answerer.ts'
import { BEGIN, logLine, newRun, proposed } from './autopilot-run.ts'
import { runHere, startHere } from './here.ts'
import { type Ended, temporaryDirectory } from './hotcb.ts'
import { MARKS } from './marked-terminal.ts'
import { configured, ENV, startReceiver, yamlFor } from './notify-receiver.ts'

async function notify(dir: string, ...words: readonly string[]): Promise<Ended> {
  const env = { ...ENV, XDG_STATE_HOME: dir }
  const { code, out, err } = await runHere(['--dir', dir, 'notify', ...words], { env })
  return { code, out: out.replaceAll(dir, 'RUN'), err: err.replaceAll(dir, 'RUN') }
}

const TWO = `channels:
  hook: {kind: webhook, url: "https://example.org/", secret: env:HOOK_SECRET}
  here: {kind: terminal}
rules:
  - {on: gt, metric: loss, value: 3, for: 2m, channels: [hook]}
  - {on: paused, level: critical, cooldown: 5m}
`

test('`rules` shows channels and rules', async () => {
  expect(await notify(configured(TWO), 'rules')).toEqual({
    code: 0,
    out: 'RUN/hotcb.notify.yaml\nhook  webhook\nhere  terminal\ngt loss  warning   gt loss 3  for 2m, again after 1h  hook\npaused   critical  paused     again after 5m          all channels\n',
    err: '',
  })
  expect(JSON.parse((await notify(configured(TWO), 'rules', '--json')).out)).toEqual({
    path: 'RUN/hotcb.notify.yaml',
    channels: [
      {
        name: 'hook',
        kind: 'webhook',
      },
      {
        name: 'here',
        kind: 'terminal',
      },
    ],
    rules: [
      {
        id: 'gt loss',
        on: 'gt',
        metric: 'loss',
        value: 3,
        window: null,
        when: null,
        hold: {
          seconds: 120,
        },
        cooldown: {
          seconds: 3600,
        },
        channels: ['hook'],
        level: 'warning',
        template: null,
      },
      {
        id: 'paused',
        on: 'paused',
        metric: null,
        value: null,
        window: null,
        when: null,
        hold: {
          seconds: 0,
        },
        cooldown: {
          seconds: 300,
        },
        channels: ['hook', 'here'],
        level: 'critical',
        template: null,
      },
    ],
    quiet: null,
    per_hour: 20,
  })
  expect((await notify(configured('channels:\n  here: {kind: terminal}\n'), 'rules')).out).toEqual(
    'RUN/hotcb.notify.yaml\nhere  terminal\nno rules: no messages will be sent\n',
  )
})

test('problems in the configuration are reported in one line each, or in one document', async () => {
  const wrong = 'channels:\n  here: {kind: terminl}\nrules:\n  - {on: pausd}\n'
  expect(await notify(configured(wrong), 'rules')).toEqual({
    code: 1,
    out: '',
    err: 'RUN/hotcb.notify.yaml:2:16: `kind` cannot be "terminl": did you mean `terminal`?\nhotcb: RUN/hotcb.notify.yaml:4:10: `on` cannot be "pausd": did you mean `paused`?\n',
  })
  const json = await notify(configured(wrong), 'rules', '--json')
  expect({ ...json, err: JSON.parse(json.err) }).toEqual({
    code: 1,
    out: '',
    err: {
      error: 'RUN/hotcb.notify.yaml:2:16: `kind` cannot be "terminl": did you mean `terminal`?',
      code: 'refused',
      exit_code: 1,
      problems: [
        'RUN/hotcb.notify.yaml:2:16: `kind` cannot be "terminl": did you mean `terminal`?',
        'RUN/hotcb.notify.yaml:4:10: `on` cannot be "pausd": did you mean `paused`?',
      ],
    },
  })
  const one = await notify(configured('channels:\n  here: {kind: terminl}\n'), 'rules', '--json')
  expect(JSON.parse(one.err)).toEqual({
    error: 'RUN/hotcb.notify.yaml:2:16: `kind` cannot be "terminl": did you mean `terminal`?',
    code: 'refused',
    exit_code: 1,
  })
  expect(await notify(temporaryDirectory(), 'rules')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: no notifications are configured: neither `hotcb.notify.yaml` in `RUN` nor `/nowhere/hotcb/notify.yaml` exists; see the example in docs/notifications.md\n',
  })
  expect(await notify(configured('rules: []\n'), 'test')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: no channel is configured\n',
  })
})

test("`send` and `test` print each channel's answer", async () => {
  const receiver = await startReceiver()
  const dir = configured(yamlFor(receiver))
  expect(await notify(dir, 'send', '--level', 'critical', 'it', 'is\nready')).toEqual({
    code: 0,
    out: 'hotcb: it is ready\nhook  sent\nhere  sent\n',
    err: '',
  })
  expect(receiver.bodies).toEqual([
    {
      ...{ version: 1, id: expect.stringMatching(/^exp-001\.\d+$/), title: 'hotcb', text: 'it is ready' },
      ...{ level: 'critical', rule: 'send', phase: 'sent', run: 'exp-001' },
      ...{ step: null, metric: null, value: null, action: null },
    },
  ])
  expect(await notify(dir, 'test', 'here')).toEqual({
    code: 0,
    out: 'hotcb: test message: Messages about your runs will look like this.\nhere  sent\n',
    err: '',
  })
  expect(await notify(dir, 'send', '--to', 'hok', 'x')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: no channel `hok`: did you mean `hook`?\n',
  })
  expect((await notify(dir, 'send', '--to', 'zzzzzz', 'x')).err).toEqual(
    'hotcb: no channel `zzzzzz`: choose from hook, here\n',
  )
  receiver.status = 404
  expect(await notify(dir, 'send', '--to', 'hook', '--title', 'T', 'x')).toEqual({
    code: 1,
    out: 'hook  answer 404\n',
    err: '',
  })
})

test('`log` shows the last messages', async () => {
  const dir = configured(TWO)
  expect(await notify(dir, 'log')).toEqual({ code: 0, out: 'no messages were sent\n', err: '' })
  const message = {
    ...{ title: 'exp-001: paused', text: '', level: 'info', rule: 'paused', phase: 'opened' },
    ...{ run: 'exp-001', step: 1, metric: null, value: null, action: null },
  }
  const states = ['sent', 'due', 'failed', 'dropped']
  for (let i = 0; i < 22; i++) {
    const data = {
      ...{ id: `m-${i}`, key: 'paused', channel: 'hook', state: states[i % 4], tries: 1 + (i % 2) },
      ...{ reason: i % 4 === 2 ? 'answer 500' : null, ref: null, message: i === 21 ? null : message },
    }
    const line = { kind: 'notify', ts: 1_790_000_000 + i, data }
    appendFileSync(join(dir, 'hotcb.notify.jsonl'), `${JSON.stringify(line)}\n`)
  }
  appendFileSync(join(dir, 'hotcb.notify.jsonl'), 'garbage\n[]\n')
  const { out } = await notify(dir, 'log')
  expect(out.trimEnd().split('\n')).toHaveLength(20)
  expect((await notify(dir, 'log', '-n', '4')).out.split('\n')).toEqual([
    '2026-09-21 14:13:38  hook  failed (answer 500)    exp-001: paused',
    '2026-09-21 14:13:39  hook  dropped after 2 tries  exp-001: paused',
    '2026-09-21 14:13:40  hook  sent                   exp-001: paused',
    '2026-09-21 14:13:41  hook  due after 2 tries',
    '',
  ])
  expect(await notify(dir, 'log', '-n', '0')).toEqual({ code: 0, out: '', err: '' })
  const json = (await notify(dir, 'log', '--json')).out.trim().split('\n')
  expect(json).toHaveLength(22)
  expect(JSON.parse(json[2] ?? '')).toMatchObject({ id: 'm-2', state: 'failed', tries: 1, reason: 'answer 500' })
  const painted = await runHere(['--dir', dir, 'notify', 'log', '-n', '4'], { terminal: MARKS })
  expect(painted.out.match(/<[a-z]*>/g)).toEqual(['<red>', '<dim>', '<green>', '<yellow>'])
})

test('`run` sends messages about a run until it is interrupted, and the log shows them', async () => {
  const receiver = await startReceiver()
  const dir = configured(yamlFor(receiver))
  writeRun(dir, { commands: '', ledger: '', state: stateDocument() })
  const started = startHere(['--dir', dir, 'notify', 'run'], { env: { ...ENV, XDG_STATE_HOME: dir } })
  await vi.waitFor(() => expect(started.printed.err).not.toBe(''), 300_000)
  const second = await notify(dir, 'run')
  expect({ code: second.code, out: second.out }).toEqual({ code: 1, out: '' })
  expect(second.err).toMatch(/^hotcb: .* is held by notifier .*--take-over.*\n$/)
  await vi.waitFor(() => {
    // Its first check has read the initial state of the run.
    expect(existsSync(join(dir, 'hotcb.notify.jsonl'))).toBe(true)
  }, 300_000)
  writeRun(dir, { state: stateDocument({ paused: true, step: 413 }) })
  await vi.waitFor(() => expect(receiver.bodies).toHaveLength(1), 300_000)
  const { code, out, err } = await started.interrupt()
  expect({ code, out, err: err.replaceAll(dir, 'RUN') }).toEqual({
    code: 130,
    out: 'exp-001: paused: the run is paused at step 413\n',
    err: 'watching RUN with the rules in RUN/hotcb.notify.yaml; press Ctrl-C to stop\n',
  })
  expect((await notify(dir, 'log')).out.replace(/^\S+ \S+/gm, 'TIME')).toEqual(
    'TIME  hook  sent  exp-001: paused\nTIME  here  sent  exp-001: paused\n',
  )
})

test('`run` needs a run, or directories', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'file'), '')
  const run = (line: string) =>
    runHere(['notify', 'run', ...line.split(' ')], { cwd, env: { ...ENV, XDG_STATE_HOME: cwd } })
  expect(await run('--root nowhere')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: `--root` must be a directory, but `nowhere` is not one\n',
  })
  expect(await run('--root file')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: `--root` must be a directory, but `file` is not one\n',
  })
  expect(await notify(configured(TWO.replace('https', 'ftp')), 'run')).toEqual({
    code: 1,
    out: '',
    err: 'hotcb: RUN/hotcb.notify.yaml:2:31: `url` must begin with `https://`; `http://` is only allowed for this machine\n',
  })
})

test('an answer from a chat is passed on, and its outcome is returned as a sentence', async () => {
  const log = [BEGIN, proposed('a1-1'), proposed('a1-2'), logLine('a1-3', 'alert')]
  const dir = newRun(log)
  answerCommands(dir, () => ({}))
  expect(await approvalPort.approve(dir, 'a1-1', 'ann')).toEqual('a1-1 applied: lr = 0.05')
  expect(await approvalPort.reject(dir, 'a1-2', 'bob', 'too early')).toEqual('a1-2 applied: cancel ap-a1-2')
  expect(await approvalPort.reject(dir, 'a1-3', 'bob', '')).toEqual('`a1-3` is an alert, which needs no answer')
  expect(commandsOf(dir)).toMatchObject([
    { cid: 'ap-a1-1', source: 'notify', author: 'ann' },
    { source: 'notify', author: 'bob', note: 'too early' },
  ])
})
