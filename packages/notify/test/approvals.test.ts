import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRun } from '@hotcb/run/node'
import { describe, expect, test } from 'vitest'
import type { ApprovalPort } from '../src/node/channel.ts'
import { temporaryDirectory } from './directory.ts'
import { startProgram, usePrograms } from './program.ts'
import { startTelegram } from './stand-ins/telegram.ts'
import { logOf, type Watching, watch } from './watching.ts'

usePrograms('trainer')

const [CHAT, ANN, BOB] = [77, 1001, 1002]

interface Asked {
  readonly dir: string
  readonly telegram: Awaited<ReturnType<typeof startTelegram>>
  readonly watching: Watching
  readonly calls: string[]
  readonly button: (verdict: 'Approve' | 'Reject') => string
  readonly press: (press: { data: string; chat?: number; user?: number }) => Promise<string>
}

/** A run with a proposal that was sent to a Telegram chat. */
async function ask(): Promise<Asked> {
  const [dir, telegram] = [temporaryDirectory(), await startTelegram()]
  await startProgram('trainer', [dir])
  const calls: string[] = []
  // Appends the command of a proposal with the proposal's id, as any approval does. The kernel's decision counts.
  const approvals: ApprovalPort = {
    async approve(run, action, author) {
      calls.push(`approve ${action} ${author}`)
      const command = {
        module: 'opt',
        op: 'set_params',
        params: { lr: 0.05 },
        cid: `ap-${action}`,
        source: 'autopilot',
        author,
      }
      appendFileSync(join(run, 'hotcb.commands.jsonl'), `${JSON.stringify(command)}\n`)
      return `${action} is requested`
    },
    async reject(_run, action, author, note) {
      calls.push(`reject ${action} ${author} ${note}`)
      return `${action} is rejected`
    },
  }
  const yaml = `channels:
  phone: {kind: telegram, token: env:BOT_TOKEN, chat: ${CHAT}, api: "${telegram.url}"}
rules:
  - {on: waiting_approval, level: critical}
operators: {telegram: [${ANN}]}
`
  const env = { BOT_TOKEN: '42:AAtoken', XDG_STATE_HOME: temporaryDirectory() }
  const watching = await watch(dir, yaml, { env, approvals })
  await watching.lookUntil(() => openRun(dir).life().verdict === 'alive')
  const proposal = { action_id: 'a1-1', ts: 1, step: 5, kind: 'proposed', source: 'autopilot', rule_id: 'plateau_lr_reduce', reason: 'lr 0.1 → 0.05: no better over 8 values', command: { cid: 'ap-a1-1' } } // biome-ignore format: one line of a log
  appendFileSync(join(dir, 'hotcb.autopilot.jsonl'), `${JSON.stringify(proposal)}\n`)
  await watching.lookUntil(() => telegram.sent().length === 1)
  await watching.look()
  let answers = 0
  return {
    dir,
    telegram,
    watching,
    calls,
    button(verdict) {
      // Waits for the message that the notifier sends.
      const [sent] = telegram.sent() as {
        reply_markup: { inline_keyboard: { text: string; callback_data: string }[][] }
      }[]
      const keyboard = sent?.reply_markup.inline_keyboard ?? []
      return keyboard.flat().find(({ text }) => text === verdict)?.callback_data ?? ''
    },
    async press({ data, chat = CHAT, user = ANN }) {
      telegram.press({ data, chat, user })
      answers++
      await telegram.until(answers, ({ path }) => path.endsWith('/answerCallbackQuery'))
      return String(telegram.calls('answerCallbackQuery').at(-1)?.['text'])
    },
  }
}

describe('an answer from the phone', () => {
  test("from an operator is passed to the autopilot, and the message is changed to the kernel's decision", async () => {
    const { dir, telegram, watching, calls, button, press } = await ask()
    expect(telegram.sent()[0]?.['text']).toContain('a1-1 (plateau_lr_reduce) is waiting for an answer: lr 0.1 → 0.05')
    expect(await press({ data: button('Approve') })).toBe('a1-1 is requested')
    expect(calls).toEqual([`approve a1-1 telegram:${ANN}`])
    await watching.lookUntil(() => telegram.calls('editMessageText').length === 1)
    const [edit] = telegram.calls('editMessageText')
    expect(edit?.['text']).toMatch(/<i>applied at step \d+ by telegram:1001: lr 0.1 → 0.05<\/i>$/)
    expect(edit).not.toHaveProperty('reply_markup')
    expect(logOf(dir).find(({ kind }) => kind === 'answer')).toMatchObject({
      data: { action: 'a1-1', verdict: 'approve', author: `telegram:${ANN}`, outcome: 'a1-1 is requested' },
    })
    // The question is answered: no more messages follow, and the rule does not report the end of its condition.
    await watching.look()
    expect(telegram.sent()).toHaveLength(1)
  })

  test('from anyone else, from another chat, or with a forged or altered button changes nothing', async () => {
    const { calls, button, press } = await ask()
    const data = button('Approve')
    expect(await press({ data, user: BOB })).toBe(
      'You are not allowed to answer: user 1002 is not one of the operators.',
    )
    expect(await press({ data, chat: 78 })).toBe('Answers from this chat are not accepted.')
    const changed = [
      data.replace('a1-1', 'a1-2'),
      data.replace(':a:', ':r:'),
      `${data.slice(0, -1)}${data.endsWith('A') ? 'B' : 'A'}`,
      'hc1:00000000:a1-1:a:AAAAAAAAAA',
      'approve a1-1',
    ]
    for (const one of changed)
      expect(await press({ data: one })).toBe(
        'This button was not created for this chat by the machine that is watching the run.',
      )
    expect(calls).toEqual([])
  })

  test('that arrives twice is passed on twice, but the kernel decides once', async () => {
    const { dir, calls, button, press, watching, telegram } = await ask()
    await press({ data: button('Approve') })
    await press({ data: button('Approve') })
    await press({ data: button('Reject') })
    expect(calls).toHaveLength(3)
    await watching.lookUntil(() => telegram.calls('editMessageText').length > 0)
    const applied = [...openRun(dir).records('ledger')].filter(({ value }) => value.cid === 'ap-a1-1')
    expect(applied.map(({ value }) => value.decision).filter((decision) => decision === 'applied')).toEqual(['applied'])
  })
})
