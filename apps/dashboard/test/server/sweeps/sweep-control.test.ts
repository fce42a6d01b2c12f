import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { attemptIn, type WrittenWorkspace, writtenWorkspace } from '../../../../../packages/sweep/test/written-workspace.ts' // biome-ignore format: one line
import { requestOf } from '../../../src/server/sweeps/sweep-control.ts'

const YAML = 'name: grid\nlauncher: ./l.sh\nparameters:\n  x: {type: int, low: 1, high: 4}\ngrid: all\n'
const BASE = { by: 'dashboard:ada', driver: null, why: null } as const

function written(): Promise<WrittenWorkspace> {
  return writtenWorkspace(YAML, [{ x: 1 }, { x: 2 }, { x: 3 }], ...attemptIn(0, 'completed'), {
    type: 'call',
    trials: [1, 2],
  })
}

function wishes({ workspace }: WrittenWorkspace): unknown[] {
  workspace.journal.refresh()
  return workspace.journal.lines().flatMap(({ by, event }) => (event.type === 'wish' ? [{ ...event, by }] : []))
}

test('a request is written for the chosen trials, in the name of its author, with its reason', async () => {
  const made = await written()
  const stop = { ...BASE, want: 'stop', choice: { trials: [1] }, why: 'no need' } as const
  expect(await requestOf(made.root, stop)).toEqual({
    trials: [1],
    note: 'no driver is running: start one with `herd drive`',
  })
  expect(await requestOf(made.root, { ...BASE, want: 'pause', choice: { trials: [2] } })).toMatchObject({ trials: [2] })
  expect(wishes(made)).toEqual([
    { type: 'wish', trials: [1], want: 'stop', why: 'no need', by: 'dashboard:ada' },
    { type: 'wish', trials: [2], want: 'pause', by: 'dashboard:ada' },
  ])
  const unknown = requestOf(made.root, { ...BASE, want: 'stop', choice: { trials: [77] } })
  await expect(unknown).rejects.toThrow('no trial 77')
})

test('if no driver is alive, the command line of the server starts one', async () => {
  const made = await written()
  const driver = ['/bin/sh', '-c', 'echo "$0" > driven']
  const asked = { ...BASE, want: 'stop', choice: { trials: [1] }, driver } as const
  expect(await requestOf(made.root, asked)).toEqual({ trials: [1], note: null })
  await vi.waitFor(() => expect(existsSync(join(made.root, 'driven'))).toBe(true), { timeout: 300_000 })
})
