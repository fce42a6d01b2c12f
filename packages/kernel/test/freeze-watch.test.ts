import { expect, test } from 'vitest'
import { createFreezeWatch, type FreezeWatch } from '../src/freeze-watch.ts'

interface Watched {
  readonly watch: FreezeWatch
  /** Null: the document is missing. An error: it cannot be read. */
  put(text: string | null | Error): void
  wait(ms: number): void
}

/** A watch of a document that a test replaces, at a clock that a test moves. */
function watched(first: string | null | Error): Watched {
  let content = first
  let isNew = false
  let nowMs = 1000
  const document = {
    changed: () => isNew,
    read: () => {
      isNew = false
      if (content instanceof Error) throw content
      return content
    },
  }
  return {
    watch: createFreezeWatch(document, { now: () => nowMs, wallTime: () => nowMs / 1000 }),
    put(text) {
      content = text
      isNew = true
    },
    wait(ms) {
      nowMs += ms
    },
  }
}

const PROD = '{"mode": "prod"}'

test('at open a missing or empty document means off', () => {
  for (const text of [null, '', ' \n']) expect(watched(text).watch.state.mode).toBe('off')
})

test('at open a document that cannot be read or parsed means prod, and the reason is reported once', () => {
  for (const bad of [new Error('EACCES'), '{"mode"', '{"mode": "frozen"}']) {
    const { watch } = watched(bad)
    expect(watch.state.mode).toBe('prod')
    expect(watch.takeTrouble()).toEqual(expect.any(String))
    expect(watch.takeTrouble()).toBeNull()
  }
})

test('a check reports a change of the mode, and nothing when the same mode is written again', () => {
  const { watch, put } = watched(null)
  expect(watch.look()).toBe(false)
  put(PROD)
  expect([watch.look(), watch.state.mode]).toEqual([true, 'prod'])
  put(PROD)
  expect(watch.look()).toBe(false)
})

test('while it runs, an empty, torn or unreadable document keeps the last mode', () => {
  const { watch, put } = watched('{"mode": "replay"}')
  for (const text of ['', '{"mode": "o', new Error('EIO'), '{"mode": "frozen"}']) {
    put(text)
    expect([watch.look(), watch.state.mode]).toEqual([false, 'replay'])
  }
})

test('a document that is missing for less than 100 ms is being replaced: the mode remains', () => {
  const { watch, put, wait } = watched(PROD)
  put(null)
  expect(watch.look()).toBe(false)
  wait(99)
  expect([watch.look(), watch.state.mode]).toEqual([false, 'prod'])
  put('{"mode": "replay"}')
  expect([watch.look(), watch.state.mode]).toEqual([true, 'replay'])
  wait(1000)
  expect([watch.look(), watch.state.mode]).toEqual([false, 'replay'])
})

test('a document that is still missing after 100 ms was removed: the mode is off', () => {
  const { watch, put, wait } = watched(PROD)
  put(null)
  watch.look()
  wait(100)
  expect([watch.look(), watch.state.mode]).toEqual([true, 'off'])
  expect(watch.look()).toBe(false)
})

test('a document that reappears unnoticed within 100 ms does not count as removed', () => {
  const { watch, put, wait } = watched(PROD)
  put(null)
  watch.look()
  wait(100)
  put(PROD)
  expect([watch.look(), watch.state.mode]).toEqual([false, 'prod'])
})

test('without a document the mode is off, and `set` changes it', () => {
  const watch = createFreezeWatch(null, { now: () => 0, wallTime: () => 0 })
  expect([watch.state.mode, watch.look()]).toEqual(['off', false])
  watch.set({ ...watch.state, mode: 'prod' })
  expect([watch.state.mode, watch.look()]).toEqual(['prod', false])
})

test('a mode that was set for a read-only document stays until the document changes', () => {
  let text = '{"mode": "off"}'
  let isNew = false
  const document = { changed: () => isNew, read: () => text }
  const watch = createFreezeWatch(document, { now: () => 0, wallTime: () => 0 })
  watch.set({ ...watch.state, mode: 'prod' })
  expect([watch.state.mode, watch.look()]).toEqual(['prod', false])
  text = '{"mode": "replay"}'
  isNew = true
  expect([watch.look(), watch.state.mode]).toEqual([true, 'replay'])
})
