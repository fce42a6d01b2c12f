import { writeFileSync } from 'node:fs'
import { buttonText } from '@hotcb/notify'
import { expect, test } from 'vitest'
import type { ChannelListener } from '../src/node/channels/channel.ts'
import { type ChatAnswers, chatAnswers, NOT_ALLOWED } from '../src/node/channels/chat-answers.ts'
import { monitorPaths, readInbox } from '../src/node/monitor-files.ts'
import type { Post } from '../src/node/post.ts'
import { sweep } from './sweeps.ts'

const authenticate = (text: string): string => `${text.length}`.padEnd(12, 'k')
const PLACE = { via: 'slack', channel: 'C1', operators: ['U1', 'U2'], authenticate }

/** The answers in a chat whose messages have at most 120 characters. */
function chatting({ refuses = false, trials = 1 } = {}) {
  const { workspace, root } = sweep('true', { trials })
  const paths = monitorPaths(root, root)
  const [posts, logged, answered, shown]: [Post[], unknown[], unknown[], string[]] = [[], [], [], []]
  const tasks: (() => Promise<void>)[] = []
  const parts = {
    ...{ workspace, paths, nowMs: () => 5_000_000, scrub: (text: string) => text.replaceAll('hunter2', '[secret]') },
    actor: {
      log: (...line: unknown[]) => void logged.push(line),
      answer: async (...given: unknown[]) => {
        answered.push(given)
        return 'done'
      },
    },
  }
  const listener = { parts, exclusive: (task: () => Promise<void>) => void tasks.push(task) }
  const post = async (one: Post): Promise<void> => {
    if (refuses) throw new Error('no room')
    posts.push(one)
  }
  const room = { quoted: (text: string) => text, longest: 120 }
  // Answers use no other part of a monitor.
  const answers = chatAnswers({ ...PLACE, room }, listener as unknown as ChannelListener, post)
  const send = async (kind: 'command' | 'press', text: string, channel = 'C1', user = 'U1') => {
    answers[kind]({ text, channel, user }, (line) => void shown.push(line))
    for (const task of tasks.splice(0)) await task()
    return shown.splice(0)
  }
  const mention: ChatAnswers['mention'] = (event) => answers.mention(event)
  return { send, mention, posts, logged, answered, paths, root, state: workspace.paths.state }
}

test("an operator's command is logged and carried out, and other people's commands are refused", async () => {
  const { send, paths, logged } = chatting()
  writeFileSync(paths.plan, 'plan with hunter2')
  expect(await send('command', '/plan')).toEqual(['plan with [secret]'])
  expect(await send('command', 'plan', 'C1', 'U2')).toEqual(['plan with [secret]'])
  expect(await send('command', '/plan', 'C1', 'U3')).toEqual([NOT_ALLOWED])
  expect(await send('command', '/plan', 'C2', 'U1')).toEqual([NOT_ALLOWED])
  await send('command', `/x\u0007${'y'.repeat(400)}`)
  expect(logged).toEqual([
    ['command', { by: 'slack:U1', text: '/plan' }],
    ['command', { by: 'slack:U2', text: 'plan' }],
    ['command', { by: 'slack:U1', text: `/x\ufffd${'y'.repeat(297)}` }],
  ])
})

test('pressing a button answers its proposal if this machine created the button for this chat', async () => {
  const { send, answered, logged } = chatting()
  const value = (action: string, verdict: 'approve' | 'reject', chat = 'C1') =>
    buttonText({ run: '01234567', action, verdict }, chat, authenticate)
  expect(await send('press', value('3-1', 'approve'))).toEqual(['done'])
  expect(await send('press', value('q7', 'reject'))).toEqual(['done'])
  expect(answered).toEqual([
    ['3.1', 'approved', 'slack:U1'],
    ['q7', 'rejected', 'slack:U1'],
  ])
  expect(logged).toEqual([
    ['command', { by: 'slack:U1', text: '/approve 3.1' }],
    ['command', { by: 'slack:U1', text: '/reject q7' }],
  ])
  for (const [text, user] of [
    [value('3-1', 'approve'), 'U3'],
    [value('3-1', 'approve', 'other chat'), 'U1'],
    ['hc1', 'U1'],
  ] as const)
    expect(await send('press', text, 'C1', user)).toEqual([NOT_ALLOWED])
  expect(answered).toHaveLength(2)
})

test('an answer that is too long is posted in the channel without secrets, and a note tells the author', async () => {
  const { send, posts, paths } = chatting()
  writeFileSync(paths.plan, `${'p'.repeat(113)}hunter2`)
  expect(await send('command', '/plan')).toEqual([`${'p'.repeat(113)}[secret]`])
  writeFileSync(paths.plan, `${'p'.repeat(114)}hunter2`)
  expect(await send('command', '/plan')).toEqual(['the answer was posted in the channel'])
  expect(posts).toEqual([{ kind: 'message', text: `${'p'.repeat(114)}[secret]` }])
  const refusing = chatting({ refuses: true })
  writeFileSync(refusing.paths.plan, 'p'.repeat(121))
  expect(await refusing.send('command', '/plan')).toEqual([expect.stringMatching(/^the answer .*: no room$/)])
})

test('a table that fits is the answer itself, and a longer one becomes a file', async () => {
  const short = chatting()
  const head = 'trial_id\tstate\tattempt\tstep\treason\texperiment_name'
  expect(await short.send('command', '/trials')).toEqual([
    expect.stringMatching(new RegExp(`^The state of 1 trials\\.\\n${head}\\n0\\tready\\t0\\t\\t\\t\\S+$`)),
  ])
  expect(short.posts).toEqual([])
  const long = chatting({ trials: 9 })
  expect(await long.send('command', '/trials')).toEqual(['the answer was posted in the channel'])
  expect(long.posts).toEqual([
    {
      ...{ kind: 'message', text: 'The state of 9 trials.' },
      file: { name: 'trials.tsv', about: 'The state of 9 trials.', content: expect.stringContaining(`${head}\n0\t`) },
    },
  ])
})

test('a mention by an operator is a message for the next tick', () => {
  const { mention, root, state } = chatting()
  mention({ text: 'how is it?', channel: 'C1', user: 'U1' })
  mention({ text: '', channel: 'C1', user: 'U1' })
  mention({ text: 'me too', channel: 'C1', user: 'U3' })
  mention({ text: 'me too', channel: 'C2', user: 'U1' })
  expect(readInbox(monitorPaths(root, state))).toEqual([
    { timestamp: '1970-01-01T01:23:20.000Z', source: 'slack', author: 'U1', text: 'how is it?', isOperator: true },
  ])
})
