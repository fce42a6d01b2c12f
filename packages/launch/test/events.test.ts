import { expect, test } from 'vitest'
import { createEvents, type LaunchEvent } from '../src/node/events.ts'

test('the first reader gets the earlier notes, once', async () => {
  const events = createEvents()
  const note: LaunchEvent = { kind: 'note', text: 'the dashboard cannot start' }
  events.push(note)
  events.push({ kind: 'step', step: 0, metrics: {} })
  const [first, second] = [events.follow(), events.follow()]
  events.push({ kind: 'step', step: 1, metrics: {} })
  events.close()
  const all = async (reader: AsyncIterable<LaunchEvent>) => {
    const got: LaunchEvent[] = []
    for await (const event of reader) got.push(event)
    return got
  }
  expect(await all(first)).toEqual([note, { kind: 'step', step: 1, metrics: {} }])
  expect(await all(second)).toEqual([{ kind: 'step', step: 1, metrics: {} }])
})
