import { expect, test } from 'vitest'
import { createDocuments } from '../src/documents.ts'
import { openKernel } from '../src/node.ts'
import { command, runDir, toyTrainer } from './run-dir.ts'

test('a document that cannot be written is logged once, and once when it can be again, independently of the other document', () => {
  const { state } = toyTrainer()
  const said: string[] = []
  let isFull = true
  let now = 0
  const documents = createDocuments(
    {
      state: () => {},
      actuators: () => {
        if (isFull) throw new Error('no space')
      },
    },
    state,
    { now: () => now, wallTime: () => 0 },
    (message) => void said.push(message),
  )
  // The content of the kernel's document does not matter here.
  const document = () => ({}) as never
  for (; now < 10_000; now += 250) documents.writeAll(0, document)
  isFull = false
  for (; now < 20_000; now += 250) documents.writeAll(0, document)
  expect(said).toEqual([
    'the controls document cannot be written: no space',
    'the controls document can be written again',
  ])
})

test('`debounceSteps` of hotcb 2 is accepted and ignored, and logged once', () => {
  const dir = runDir()
  const { state, optimizer } = toyTrainer()
  const said: string[] = []
  const kernel = openKernel(dir, { state, lookMs: 0, debounceSteps: 50, log: (line) => said.push(line) })
  command(dir, { module: 'opt', op: 'set_params', params: { lr: 0.5 } })
  for (let step = 0; step < 3; step++) kernel.apply({ step })
  kernel.close()
  expect(optimizer.paramGroups[0]?.lr).toBe(0.5)
  expect(said.filter((line) => line.includes('debounceSteps'))).toEqual([
    '`debounceSteps` is ignored: the kernel checks for commands every `lookMs` milliseconds',
  ])
})

test('a value changed by a ramp or a schedule is in the controls document within a second, and is not written twice', () => {
  const { state } = toyTrainer({ schedule: (step) => (step < 1 ? 1 : 0.5) })
  const written: string[] = []
  const sink = { state: () => {}, actuators: (text: string) => void written.push(text) }
  const documents = createDocuments(sink, state, { now: () => 0, wallTime: () => 0 }, () => {})
  // The content of the kernel's document does not matter here.
  const document = () => ({}) as never
  documents.writeAll(0, document)
  documents.write(900, 1, document)
  expect(written).toHaveLength(1)
  for (const now of [1000, 2000, 3000]) documents.write(now, 2, document)
  expect(written).toHaveLength(2)
  expect(JSON.parse(written[1] ?? '')).toMatchObject({
    controls: expect.arrayContaining([expect.objectContaining({ param_key: 'lr', current: 0.5 })]),
  })
})
