import { expect, test } from 'vitest'
import { createDocuments } from '../src/documents.ts'
import { toyTrainer } from './run-dir.ts'

test('a document that cannot be written is logged once, though the other one can, and once when it can be', () => {
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
  // The document is the kernel's; what stands in it does not matter here.
  const document = () => ({}) as never
  for (; now < 10_000; now += 250) documents.writeAll(0, document)
  isFull = false
  for (; now < 20_000; now += 250) documents.writeAll(0, document)
  expect(said).toEqual([
    'the document of controls cannot be written: no space',
    'the document of controls can be written again',
  ])
})
