import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type JsonObject, runFiles } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import type { ApprovalPort } from '../src/node/channel.ts'
import { watchRun } from '../src/node/watch-run.ts'
import { temporaryDirectory } from './directory.ts'
import { ledger, runWithTrainer, writeState } from './run-with-trainer.ts'
import { giveJson } from './stand-ins/http-server.ts'
import { startTelegram } from './stand-ins/telegram.ts'
import { logOf, report, watch } from './watching.ts'

function propose(dir: string, id: string): void {
  const line = { action_id: id, ts: Date.now() / 1000, step: 5, kind: 'proposed', source: 'autopilot', rule_id: 'r', reason: 'why', command: { cid: `ap-${id}` } } // biome-ignore format: one line of a log
  appendFileSync(join(dir, runFiles.autopilot), `${JSON.stringify(line)}\n`)
}

const dataOf = (dir: string, kind: string) =>
  logOf(dir).flatMap((line) => (line['kind'] === kind ? [line['data'] as JsonObject] : []))

/** A run whose questions are sent to a Telegram chat. */
async function asked(approvals: ApprovalPort, operators = '[7]') {
  const [dir, telegram] = [runWithTrainer(), await startTelegram()]
  const yaml = `channels:
  phone: {kind: telegram, token: env:TOKEN, chat: 77, api: "${telegram.url}"}
rules: [{on: waiting_approval, level: critical}, {on: paused}]
operators: {telegram: ${operators}}
`
  const watching = await watch(dir, yaml, {
    env: { TOKEN: '42:AAtoken', XDG_STATE_HOME: temporaryDirectory() },
    approvals,
  })
  await watching.look()
  propose(dir, 'a1')
  await watching.look()
  const [sent] = telegram.sent() as {
    reply_markup?: { inline_keyboard: { text: string; callback_data: string }[][] }
  }[]
  const buttons = sent?.reply_markup?.inline_keyboard.flat() ?? []
  let count = 0
  return {
    ...{ dir, telegram, watching, buttons },
    async press(verdict: string, user = 7): Promise<string> {
      telegram.press({ data: buttons.find(({ text }) => text === verdict)?.callback_data ?? '', chat: 77, user })
      await telegram.until(++count, ({ path }) => path.endsWith('/answerCallbackQuery'))
      return String(telegram.calls('answerCallbackQuery').at(-1)?.['text'])
    },
  }
}

describe('an answer from a chat', () => {
  test('is passed to the autopilot with its author, and recorded in the log', async () => {
    const calls: unknown[] = []
    const { dir, press, telegram, watching } = await asked({
      approve: async (...given) => {
        calls.push(['approve', ...given])
        return 'it is requested'
      },
      reject: async (...given) => {
        calls.push(['reject', ...given])
        return 'it is\nrejected'
      },
    })
    expect(await press('Approve')).toBe('it is requested')
    expect(await press('Reject')).toMatch(/^it is.*rejected$/)
    expect(await press('Reject', 8)).toBe('You are not allowed to answer: user 8 is not one of the operators.')
    expect(calls).toEqual([
      ['approve', dir, 'a1', 'telegram:7'],
      ['reject', dir, 'a1', 'telegram:7', 'rejected in a chat'],
    ])
    expect(dataOf(dir, 'answer')).toMatchObject([
      { action: 'a1', verdict: 'approve', author: 'telegram:7', outcome: 'it is requested' },
      { action: 'a1', verdict: 'reject', author: 'telegram:7' },
    ])
    ledger(dir, {
      module: 'opt',
      op: 'set_params',
      cid: 'ap-a1',
      payload: { lr: 0.05 },
      old: { lr: 0.1 },
      author: 'ann',
      source: 'autopilot',
    })
    await watching.look()
    await telegram.until(1, ({ path }) => path.endsWith('/editMessageText'))
    const [edit] = telegram.calls('editMessageText')
    expect(edit).toMatchObject({
      message_id: 1,
      text: expect.stringMatching(/<i>\S.* at step 41 by ann: .*lr.*<\/i>$/),
    })
  })

  test('that fails is reported to the person, without secrets', async () => {
    const { dir, press } = await asked({
      approve: () => Promise.reject(new Error('the disk is full, token 42:AAtoken')),
      reject: async () => '',
    })
    const said = await press('Approve')
    expect(said).toMatch(/^the disk is full/)
    expect(said).not.toContain('AAtoken')
    expect(dataOf(dir, 'answer')).toMatchObject([{ outcome: said }])
  })

  test('has no author and no step if the ledger has none', async () => {
    const none = { approve: async () => '', reject: async () => '' }
    const { dir, telegram, watching } = await asked(none)
    ledger(dir, {
      module: 'opt',
      op: 'set_params',
      cid: 'ap-a1',
      step: null,
      author: null,
      source: 'autopilot',
      payload: { lr: 0.05 },
    })
    await watching.look()
    await telegram.until(1, ({ path }) => path.endsWith('/editMessageText'))
    const text = String(telegram.calls('editMessageText')[0]?.['text'])
    expect(text).toMatch(/<i>applied: /)
  })

  test('cannot be given if no operator is configured', async () => {
    const { buttons } = await asked({ approve: async () => '', reject: async () => '' }, '[]')
    expect(buttons).toEqual([])
  })
})

describe("a notifier's data about a run", () => {
  const open = (dir: string, newSince = 0) => watchRun(dir, { newSince, describeLine: () => 'described' })

  /** What is seen of a document that was changed less than two seconds ago. Repeats what a busy machine was too slow for. */
  function afterChange(dir: string): readonly unknown[] {
    const path = join(dir, runFiles.run)
    const text = readFileSync(path, 'utf8')
    const begunMs = performance.now()
    const watching = open(dir)
    writeFileSync(path, '{"max_steps": 200, "exit_code": 0}')
    const seen = [watching.scope.maxSteps, watching.look().facts.exitCode]
    watching.close()
    writeFileSync(path, text)
    return performance.now() - begunMs < 1900 ? seen : afterChange(dir)
  }

  test('includes the state from its documents and its ledger', () => {
    const dir = runWithTrainer()
    ledger(dir, { op: 'stop' })
    const watching = open(dir)
    expect(watching.look().facts).toMatchObject({
      ...{ life: 'alive', closed: false, paused: false, freeze: 'off', attempt: 1, stepSeconds: null, step: 40 },
      ...{ stoppedEarly: true, exitCode: null, isProcessGone: false, proposals: [], alerts: [] },
    })
    // A later attempt continues a run that was stopped; another op does not.
    ledger(dir, { seq: 2, op: 'pause' })
    expect(watching.look().facts.stoppedEarly).toBe(true)
    ledger(dir, { seq: 3, op: 'attempt' })
    expect(watching.look().facts.stoppedEarly).toBe(false)
    ledger(dir, { seq: 4, op: 'stop', decision: 'failed' })
    expect(watching.look().facts.stoppedEarly).toBe(false)
    ledger(dir, { seq: 5, module: 'opt', op: 'stop' })
    expect(watching.look().facts.stoppedEarly).toBe(false)
    writeState(dir, { paused: true, step_seconds: 2.5, step: 41 })
    expect(watching.look().facts).toMatchObject({ paused: true, stepSeconds: 2.5, step: 41 })
    watching.close()
  })

  test('is unknown if the state document is missing or cannot be read', () => {
    const dir = temporaryDirectory()
    writeFileSync(join(dir, runFiles.metrics), '')
    const watching = open(dir)
    expect(watching.look().facts).toMatchObject({ life: 'unknown', attempt: null, freeze: 'off', step: null })
    report(dir, 7, 'x', 1, 2)
    expect(watching.look()).toMatchObject({
      facts: { step: 8 },
      records: [{ step: 7 }, { step: 8, metrics: { x: 2 } }],
    })
    writeFileSync(join(dir, runFiles.state), 'nonsense')
    expect(watching.look().facts.life).toBe('unknown')
    watching.close()
  })

  test('includes its proposals, with their answers as text', () => {
    const dir = runWithTrainer()
    propose(dir, 'old')
    const watching = open(dir)
    expect(watching.look().facts.proposals.map(({ id }) => id)).toEqual(['old'])
    propose(dir, 'new')
    expect(watching.look().facts.proposals.map(({ id }) => id)).toEqual(['old', 'new'])
    ledger(dir, { module: 'opt', op: 'set_params', cid: 'ap-new' })
    expect(watching.look()).toMatchObject({
      facts: { proposals: [{ id: 'old' }] },
      answered: [{ action: 'new', says: 'described' }],
    })
    expect(watching.look().answered).toEqual([])
    watching.close()
  })

  test('includes documents that rarely change: the values of plain controls, the length and the end of the run', () => {
    const dir = runWithTrainer()
    writeFileSync(
      join(dir, runFiles.run),
      '{"max_steps": 100, "key_metric": "val_loss", "exit_code": 3, "stopped_early": true}',
    )
    const control = (param_key: string, current: unknown) => ({ param_key, type: 'float', group: 'optimizer', current })
    const controls = [control('lr', 0.5), control('name', 'adam'), control('on', true), control('odd', [1])]
    writeFileSync(join(dir, runFiles.actuators), JSON.stringify({ controls }))
    report(dir, 1, 'x', 1, 2)
    const watching = open(dir)
    expect([watching.keyMetric, watching.scope.maxSteps]).toEqual(['val_loss', 100])
    expect(['lr', 'name', 'on', 'odd', 'none'].map(watching.scope.control)).toEqual([
      0.5,
      'adam',
      true,
      undefined,
      undefined,
    ])
    expect(watching.history).toEqual([
      { step: 1, metrics: { x: 1 } },
      { step: 2, metrics: { x: 2 } },
    ])
    expect(watching.look()).toMatchObject({ records: [], facts: { exitCode: 3, stoppedEarly: true } })
    watching.close()
    // They are read again only every two seconds.
    expect(afterChange(dir)).toEqual([100, 3])
    const other = temporaryDirectory()
    writeFileSync(join(other, runFiles.metrics), '')
    const bare = open(other)
    expect([bare.keyMetric, bare.scope.maxSteps, bare.scope.control('lr')]).toEqual([null, null, undefined])
    bare.close()
  })
})

test('the log records once when the run was first seen alive, and each message with its edge', async () => {
  const dir = runWithTrainer()
  const { look } = await watch(dir, 'channels:\n  here: {kind: terminal}\nrules: [{on: paused}]\n')
  for (let i = 0; i < 3; i++) await look()
  expect(dataOf(dir, 'seen')).toHaveLength(1)
  expect(logOf(dir)).toHaveLength(2)
  writeState(dir, { paused: true })
  await look()
  writeState(dir)
  await look()
  expect(dataOf(dir, 'edge')).toMatchObject([
    { key: 'paused', phase: 'opened', step: 40, message: { title: 'exp: paused', run: 'exp' } },
    { key: 'paused', phase: 'recovered', step: 40, message: null },
  ])
})

test('a channel that refuses a message is reported, and the log contains the reason', async () => {
  const dir = runWithTrainer()
  const telegram = await startTelegram((_, response) =>
    giveJson(response, { ok: false, description: 'chat not found, token 42:AAtoken' }, 400),
  )
  const yaml = `channels:\n  phone: {kind: telegram, token: env:TOKEN, chat: 77, api: "${telegram.url}"}\nrules: [{on: paused}]\n`
  const { look, troubles } = await watch(dir, yaml, { env: { TOKEN: '42:AAtoken' } })
  await look()
  writeState(dir, { paused: true })
  await look()
  expect(troubles).toEqual([
    expect.stringMatching(/^exp: channel `phone` did not accept a message: answer 400: chat not found, token [^4]/),
  ])
  const failed = dataOf(dir, 'notify').filter(({ state }) => state === 'failed')
  expect(failed).toMatchObject([{ channel: 'phone', tries: 1, reason: expect.not.stringContaining('AAtoken') }])
})
