import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { HOTCB, home, linesOf } from './launched.ts'

/** A model at a local address. The first question gets the first answer; the last answer is repeated. */
async function standIn(...answers: readonly object[]): Promise<{ readonly url: string; readonly prompts: string[] }> {
  const prompts: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    prompts.push(JSON.parse(body).messages[1].content)
    const content = JSON.stringify(answers[Math.min(prompts.length, answers.length) - 1])
    const usage = { prompt_tokens: 1000, completion_tokens: 100 }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }], usage }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`, prompts }
}

const NOTHING = { diagnosis: 'healthy', reasoning: 'it falls', actions: [], next_check: null }
const GIVE_UP = {
  diagnosis: 'too_low',
  reasoning: 'the rate is far too low',
  actions: [
    { action: 'declare_rerun', target: null, value: null, text: 'too slow', learnings: ['begin with a rate of 0.1'] },
  ],
  next_check: null,
}

test('when the model abandons a run, the next one starts, and its model is shown the lessons', async () => {
  const dir = home()
  const { url, prompts } = await standIn(GIVE_UP, NOTHING)
  mkdirSync(join(dir, 'runs', 'first'), { recursive: true })
  writeFileSync(join(dir, 'runs/first/hotcb.autopilot.yaml'), 'limits: {stop: auto, rerun: auto}\n')
  const line = `launch --no-serve --config simple --seed 3 --max-steps 100 --step-delay 0.3 --run-dir runs/first`
  const ai = ['--autopilot', 'ai_auto', '--ai-base-url', url, '--ai-budget', '1']
  const env = { ...process.env, HOTCB_AI_KEY: '', XDG_STATE_HOME: join(dir, 'state') }
  const launched = spawn(process.execPath, [HOTCB, ...line.split(' '), ...ai], { cwd: dir, env })
  let out = ''
  for (const stream of [launched.stdout, launched.stderr]) {
    stream.on('data', (piece) => {
      out += String(piece)
    })
  }
  const [code] = await once(launched, 'close')
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/The model abandoned this run: the rate is far too low[\s\S]*Done at/),
  ])
  expect(readdirSync(join(dir, 'runs')).sort()).toEqual(['first', 'first-r2'])
  expect(linesOf(join(dir, 'runs/first'), 'metrics').length).toBeLessThan(100)
  const second = prompts.slice(1)
  expect(second.length).toBeGreaterThan(0)
  for (const prompt of second)
    expect(prompt).toMatch(/this is run 2\n- run "first": .*"too slow"; "begin with a rate of 0\.1"/)
  const memory = JSON.parse(readFileSync(join(dir, 'runs/first-r2/hotcb.ai.state.json'), 'utf8'))
  expect(memory).toMatchObject({ run_number: 2, run_history: [{ run_id: 'first' }] })
})
