import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readAnswer, readContact } from '../src/index.ts'
import { createSession } from '../src/node.ts'
import { createMemoryPage } from '../src/testing.ts'
import { runDir } from './program.ts'

// Recorded with a real client and a real sidecar by python/tests/test_transcript.py, which also tests the client against it.
const TEXT = readFileSync(new URL('../fixtures/steering.jsonl', import.meta.url), 'utf8')

test("a session answers a Python client's lines with exactly the bytes in the transcript", () => {
  const dir = runDir()
  const lines = TEXT.trimEnd().split('\n')
  const said: string[] = []
  const page = createMemoryPage()
  for (const [step, loss] of [
    [0, 1.5],
    [5, 0.5],
  ] as const) {
    page.putMetrics({ step, epoch: null, wallTime: 0, metrics: { loss } })
  }
  let at = 0
  const next = (): string => (lines[at++] ?? '').slice(2).replaceAll('/run', dir)
  const say = (message: unknown): void => {
    said.push(`< ${normal(JSON.stringify(message), dir)}`)
    at++
  }
  const session = createSession({
    page,
    log: () => undefined,
    ask(request) {
      say(request)
      const answer = readAnswer(next())
      return answer.ok ? answer.value : { error: answer.reason }
    },
  })
  at++ // The process sends the first line, not the session.
  while (at < lines.length) {
    const contact = readContact(next())
    if (!contact.ok) throw new Error(contact.reason)
    say(session.handle(contact.value))
  }
  expect(said).toEqual(lines.filter((line) => line.startsWith('< ')).slice(1))
})

/** Replaces everything that differs between two runs. */
function normal(text: string, dir: string): string {
  return text
    .replaceAll(dir, '/run')
    .replace(/"bytes":\d+/, '"bytes":0')
    .replace(/"token":"[^"]*"/, '"token":"t"')
    .replace(/hotcb\.checkpoints\/[^"/]*\.[^"/]*/, 'hotcb.checkpoints/scratch')
}
