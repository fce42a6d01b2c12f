import type { ChildProcess } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { startTelegram, type TelegramStandIn } from '../../notify/test/stand-ins/telegram.ts'
import { ledgerOf } from './answerer.ts'
import { buildProgram, type Ended, hotcb, start, temporaryDirectory } from './program.ts'
import { buildTrainer, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(async () => {
  buildProgram()
  await buildTrainer()
})
afterAll(removeTrainer)

const [CHAT, ANN] = [77, 1001]
const WAIT_MS = 300_000
// The trainer's loss falls from 2 towards 0.
const RULES = `version: 2
rules:
  - {id: falls, when: "loss < 1.5", action: {set: {lr: x0.5}}, settle: 50000, cooldown: 100000}
`
const PROPOSAL = 'a1-1'
// The clock of a command, half an hour and a minute later.
const LATER = { NODE_OPTIONS: '--import=data:text/javascript,const%20n=Date.now;Date.now=()=>n()%2B31*60e3' }

/** A run as a user has it, with trainer, autopilot, notifier and chat. All except the chat are processes. */
interface Asked {
  readonly dir: string
  readonly telegram: TelegramStandIn
  /** Presses a button in the first message. Returns the text that the person sees. */
  press(verdict: 'Approve' | 'Reject'): Promise<string>
  cli(...args: readonly string[]): Promise<Ended>
  /** `decision source author` for each ledger line that answers the proposal. */
  outcomes(): readonly string[]
  /** Kills all three processes at the same time, and restarts them. */
  restart(): Promise<void>
}

async function ask(): Promise<Asked> {
  const [dir, telegram] = [join(temporaryDirectory(), 'exp-001'), await startTelegram()]
  mkdirSync(dir)
  writeFileSync(join(dir, 'rules.yaml'), RULES)
  writeFileSync(join(dir, 'hotcb.autopilot.yaml'), 'rules: [rules.yaml]\n')
  const notify = `channels:
  phone: {kind: telegram, token: env:BOT_TOKEN, chat: ${CHAT}, api: "${telegram.url}"}
rules: [{on: waiting_approval}]
operators: {telegram: [${ANN}]}
`
  writeFileSync(join(dir, 'hotcb.notify.yaml'), notify, { mode: 0o600 })
  const env = { BOT_TOKEN: '42:AAtoken', XDG_STATE_HOME: dir, USER: 'bob' }
  const running: ChildProcess[] = []
  const startAll = async (): Promise<void> => {
    running.push(await startTrainer(dir, { stepMs: 5 }))
    // The notifier starts first, because it reports only what happens after its start.
    for (const words of [
      ['notify', 'run'],
      ['autopilot', 'run', '--mode', 'suggest'],
    ]) {
      const child = start(['--dir', dir, ...words], { env })
      running.push(child)
      onTestFinished(() => void child.kill('SIGKILL'))
      await new Promise<void>((resolve) => {
        for (const stream of [child.stdout, child.stderr]) stream?.once('data', () => resolve())
      })
    }
  }
  await startAll()
  await vi.waitFor(() => expect(telegram.sent()).toHaveLength(1), WAIT_MS)
  let presses = 0
  return {
    dir,
    telegram,
    async press(verdict) {
      telegram.press({ data: buttonOf(telegram, verdict), chat: CHAT, user: ANN })
      const count = ++presses
      await vi.waitFor(() => expect(telegram.calls('answerCallbackQuery')).toHaveLength(count), WAIT_MS)
      return String(telegram.calls('answerCallbackQuery').at(count - 1)?.['text'])
    },
    cli: (...args) => hotcb(['--dir', dir, ...args], { env }),
    outcomes: () =>
      ledgerOf(dir)
        .filter(({ cid, params }) => cid === `ap-${PROPOSAL}` || params?.['cid'] === `ap-${PROPOSAL}`)
        .map(({ decision, source, author }) => `${decision} ${source} ${author}`),
    async restart() {
      await Promise.all(running.splice(0).map(killed))
      await startAll()
    },
  }
}

function buttonOf(telegram: TelegramStandIn, verdict: string): string {
  // The messages that the notifier sent.
  const [sent] = telegram.sent() as { reply_markup: { inline_keyboard: { text: string; callback_data: string }[][] } }[]
  return sent?.reply_markup.inline_keyboard.flat().find(({ text }) => text === verdict)?.callback_data ?? ''
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await exit
}

/** The lines in the autopilot's log about the end of the proposal. */
function told(dir: string): readonly string[] {
  const path = join(dir, 'hotcb.autopilot.jsonl')
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
  const all = lines.map((text) => JSON.parse(text) as { kind: string; action_id: string; decision: string | null })
  return all.flatMap(({ kind, action_id: id, decision }) =>
    id === PROPOSAL && (kind === 'decided' || kind === 'dismissed') ? [`${kind} ${decision}`] : [],
  )
}

/** The outcomes, once the trainer has answered every command that was sent for the proposal. */
async function settled(dir: string, outcomes: () => readonly string[]): Promise<readonly string[]> {
  const lines = (): readonly string[] => readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8').split('\n')
  const sent = (): number => lines().filter((line) => line.includes(`"ap-${PROPOSAL}"`)).length
  await vi.waitFor(() => expect(outcomes()).toHaveLength(sent()), WAIT_MS)
  return outcomes()
}

/** The chat waits only five seconds for the trainer. */
const UNANSWERED = 'a1-1 is approved; the trainer has not answered yet'

const isApplied = (outcome: string): boolean => outcome.startsWith('applied')

test('a proposal that is approved in a chat and on the command line at the same moment is applied once', async () => {
  const { dir, telegram, press, cli, outcomes } = await ask()
  const [shown, ended] = await Promise.all([press('Approve'), cli('autopilot', 'approve', PROPOSAL, '--wait', '60')])
  const all = await settled(dir, outcomes)
  expect(all.filter(isApplied)).toHaveLength(1)
  expect(all.filter((outcome) => !isApplied(outcome) && !outcome.startsWith('skipped_noop'))).toEqual([])
  // Both are informed of the outcome: the change was applied, or someone else was first.
  expect(shown).toMatch(
    new RegExp(
      `\`a1-1\` has already been answered|a1-1 applied: lr 0\\.1 → 0\\.05|a1-1 nothing to do: lr = 0\\.05|${UNANSWERED}`,
    ),
  )
  expect([ended.code, ended.out + ended.err]).toEqual([expect.toBeOneOf([0, 1]), expect.stringMatching(/a1-1/)])
  await vi.waitFor(() => expect(told(dir)).toEqual(['decided applied']), WAIT_MS)
  await vi.waitFor(() => expect(telegram.calls('editMessageText')).toHaveLength(1), WAIT_MS)
  // Later answers on either channel change nothing.
  expect(await press('Reject')).toMatch(/`a1-1` has already been answered: approved by /)
  expect((await cli('autopilot', 'reject', PROPOSAL)).code).toBe(1)
  expect(outcomes()).toEqual(all)
  // Neither does a hand-written command with the same `cid` but without the proposal's `expect`.
  const again = { cid: `ap-${PROPOSAL}`, module: 'opt', op: 'set_params', params: { lr: 0.07 } }
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify(again)}\n`)
  await vi.waitFor(() => expect(outcomes()).toEqual([...all, 'skipped_noop external null']), WAIT_MS)
  await vi.waitFor(async () => expect((await cli('get', 'lr')).out).toBe('0.05\n'), WAIT_MS)
})

test('an approval after the value has changed fails once, and the chat shows the current value', async () => {
  const { dir, press, cli, outcomes } = await ask()
  expect((await cli('set', 'lr=0.2', '--wait=280')).code).toBe(0)
  expect(await press('Approve')).toMatch(new RegExp(`^a1-1 failed: |^${UNANSWERED}`))
  await settled(dir, outcomes)
  const after = await cli('autopilot', 'approve', PROPOSAL)
  expect([after.code, after.err]).toEqual([1, expect.stringContaining('expected `lr` to be 0.1, but it is 0.2')])
  expect(outcomes()).toEqual([`failed notify telegram:${ANN}`])
  await vi.waitFor(() => expect(told(dir)).toEqual(['decided failed']), WAIT_MS)
  expect((await cli('get', 'lr')).out).toBe('0.2\n')
})

test('a late answer sends nothing, and neither does an approval in a frozen run without `--anyway`', async () => {
  const { dir, press, cli, outcomes } = await ask()
  for (const verdict of ['approve', 'reject']) {
    const { code, err } = await hotcb(['--dir', dir, 'autopilot', verdict, PROPOSAL], { env: LATER })
    expect([code, err]).toEqual([1, expect.stringContaining('`a1-1` has expired: no one answered in time')])
  }
  expect((await cli('freeze', '--mode', 'prod', '--wait=280')).code).toBe(0)
  const frozen = /the run is frozen \(prod\): the kernel would refuse `a1-1` and close it/
  expect(await press('Approve')).toMatch(frozen)
  expect((await cli('autopilot', 'approve', PROPOSAL)).err).toMatch(frozen)
  expect(outcomes()).toEqual([])
  expect(readFileSync(join(dir, 'hotcb.commands.jsonl'), 'utf8')).not.toContain(`ap-${PROPOSAL}`)
  expect((await cli('autopilot', 'approve', PROPOSAL, '--anyway', '--wait', '60')).code).toBe(1)
  expect(await press('Approve')).toMatch(/`a1-1` has already been answered: approved by bob, refused by the freeze/)
  expect(outcomes()).toEqual(['ignored_freeze cli bob'])
  await vi.waitFor(() => expect(told(dir)).toEqual(['decided ignored_freeze']), WAIT_MS)
})

test('after all processes were killed and restarted, approvals from the old button and the command line count as one', async () => {
  const { dir, press, cli, outcomes, restart } = await ask()
  await restart()
  await Promise.all([press('Approve'), cli('autopilot', 'approve', PROPOSAL, '--wait', '60')])
  expect((await settled(dir, outcomes)).filter(isApplied)).toHaveLength(1)
  await vi.waitFor(() => expect(told(dir)).toEqual(['decided applied']), WAIT_MS)
  await vi.waitFor(async () => expect((await cli('get', 'lr')).out).toBe('0.05\n'), WAIT_MS)
})
