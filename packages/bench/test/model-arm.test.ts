import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMetricsCollector } from '@hotcb/metrics/node'
import { expect, onTestFinished, test } from 'vitest'
import { type Arm, createArms, createArmsBeside, type RealModel, train } from '../src/index.ts'
import { scriptedTask } from './scripted-trainer.ts'

const SET = { action: 'set_lr', target: null, value: 0.05, text: null, learnings: null }
const REPLY = { diagnosis: 'too_high', reasoning: 'a script', actions: [SET], next_check: null }

/** An endpoint that gives the same answer to every question, and records the questions. */
async function endpoint(status = 200) {
  const asked: string[] = []
  const server = createServer((incoming, response) => {
    let body = ''
    incoming.on('data', (part) => {
      body += String(part)
    })
    incoming.on('end', () => {
      asked.push(body)
      const choice = { message: { role: 'assistant', content: JSON.stringify(REPLY) }, finish_reason: 'stop' }
      const usage = { prompt_tokens: 900, completion_tokens: 40 }
      response.statusCode = status
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ model: 'a-model', choices: [choice], usage }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // An object, because the server listens on TCP.
  const home = mkdtempSync(join(tmpdir(), 'bench-arm-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const real = (budgetUsd = 1): RealModel => ({
    config: {
      model: 'a-model',
      baseUrl: `http://127.0.0.1:${port}/v1`,
      prices: { 'a-model': { input: 1, output: 2 } },
    },
    budgetUsd,
    env: { HOME: home, XDG_STATE_HOME: home },
  })
  return { asked, real }
}

function armOf(name: string, arms: readonly Arm[]): Arm {
  const arm = arms.find((one) => one.name === name)
  if (arm === undefined) throw new Error(name)
  return arm
}

/** The test loss falls. The training loss is flat, which leads to a question at step 131. */
const FALLING = Array.from({ length: 10 }, (_, at) => 1 - at / 20)

/** Trains with an evaluation every 22 steps, so that a question can come every 88 steps. */
function trained(arm: Arm, losses: readonly number[], budget: number) {
  const { task } = scriptedTask(losses, {}, 22)
  return train({ task, arm, seed: 1, budget, clock: () => 0 })
}

test('the arms with a model have their names, titles and marks, and real ones have the name of the model', () => {
  const shown = (arms: readonly Arm[]) =>
    arms.filter(({ beside }) => beside).map(({ name, title, mark, model }) => [name, title, mark, model])
  const rest = (mark?: string, model?: string) => [
    ['llm-first', 'the same, but only its first answer', mark, model],
    ['tune-llm', 'the tuner together with the language model', mark, model],
  ]
  expect(shown(createArms())).toEqual([
    ['llm', 'language model in ai_auto mode: a scripted stand-in', 'stand-in', undefined],
    ...rest('stand-in'),
  ])
  const real = (model?: string) =>
    createArms({ config: { ...(model !== undefined && { model }) }, budgetUsd: 1, env: {} })
  expect(shown(real('m'))).toEqual([
    ['llm', 'language model in ai_auto mode: m', undefined, 'm'],
    ...rest(undefined, 'm'),
  ])
  expect(shown(real())[0]?.[3]).toMatch(/^gpt/)
})

test('a real model is called every 88 steps, and its tokens and its actions count', async () => {
  const { asked, real } = await endpoint()
  const row = await trained(armOf('llm', createArms(real())), FALLING, 200)
  expect(asked.map((body) => /## State\\nstep (\d+)/.exec(body)?.[1])).toEqual(['21', '109', '131'])
  // One answer is carried out, and the next ones request the rate that the run already has.
  expect(row).toEqual({
    ...{ loss: 0.55, accuracy: 0.5, steps: 200, last: 200, actions: 1, seconds: 0, weights: 'abc' },
    ...{ usd: (3 * (900 + 2 * 40)) / 1e6, tokens: 3 * 940 },
  })
  expect(asked[0]).toContain('key metric m1, lower is better')
})

test('the arm that uses only the first answer asks no second question', async () => {
  const { asked, real } = await endpoint()
  const row = await trained(armOf('llm-first', createArms(real())), FALLING, 200)
  expect([asked.length, row.tokens]).toEqual([1, 940])
})

test('a model that does not answer ends the bench with its reason', async () => {
  const { asked, real } = await endpoint(500)
  const failed = await trained(armOf('llm', createArms(real())), [1], 200).catch((error: unknown) => error)
  expect(String(failed)).toMatch(
    /^Error: the language model cannot be called: the autopilot uses only its rules, without a model: `127\.0\.0\.1:\d+` returned status 500$/,
  )
  expect(asked.length).toBeGreaterThan(0)
})

test('a real model is limited by its cost per day', async () => {
  const { asked, real } = await endpoint()
  const failed = await trained(armOf('llm', createArms(real(0.0005))), [1], 200).catch((error: unknown) => error)
  expect(String(failed)).toMatch(/the budget for today is used up/)
  expect(asked).toEqual([])
})

test('in the combined arm, the tuner acts inside the trainer, and the model is called outside it', () => {
  const steered = { dir: tmpdir() } as Parameters<NonNullable<Arm['modules']>>[0] // The arms read no other field.
  const names = (name: string) =>
    armOf(name, createArms())
      .modules?.(steered)
      .map((module) => module.name)
  expect(['llm', 'llm-first', 'tune-llm'].map(names)).toEqual([['metrics'], ['metrics'], ['metrics', 'tune']])
})

test('the stand-in uses tokens and costs no money', async () => {
  const row = await trained(armOf('llm', createArms()), [1, 1, 1, 1, 1, 1, 1, 1], 200)
  expect(row.usd).toBe(0)
  expect(row.tokens).toBeGreaterThan(100)
  expect(row.actions).toBeGreaterThan(0)
})

test('rules outside the trainer act on a loss that is not a number, and each action counts', async () => {
  const rules = armOf('rules', createArmsBeside())
  const metrics: Arm = { ...rules, modules: () => [openMetricsCollector({ flushMs: 0, system: false })] }
  const row = await trained(metrics, [1, 1, 1, Number.NaN, Number.NaN, Number.NaN], 200)
  expect(row).toMatchObject({ actions: 2, usd: 0, tokens: 0 })
})
