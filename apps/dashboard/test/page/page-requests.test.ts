import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { branchReason } from '../../src/web/panels/checkpoints/branch-reason.ts'
import { changeLabels, labelProblem } from '../../src/web/runs/change-labels.ts'
import { me } from '../../src/web/session.ts'
import { openWaitingServer } from './waiting-server.ts'

const table = vi.hoisted(() => ({ reloads: 0 }))
vi.mock('../../src/web/base.ts', () => ({ pagePath: (path: string) => `/${path}` }))
vi.mock('../../src/web/runs/table-store.ts', () => ({ reloadTable: async () => void table.reloads++ }))

let server: ReturnType<typeof openWaitingServer>
const nobody = me.value
beforeEach(() => {
  server = openWaitingServer()
  me.value = { ...nobody, has_launcher: true }
})
afterEach(() => {
  me.value = nobody
  vi.unstubAllGlobals()
})

test('a change of labels is sent, and the table is loaded again if the server accepts it', async () => {
  const change = { runs: ['a'], add_tags: ['x'] } as never
  expect(labelProblem.value).toBe(null)
  const refused = changeLabels(change)
  server.only().refuse('no disk')
  expect([await refused, labelProblem.value, table.reloads]).toEqual([false, 'no disk', 0])
  const accepted = changeLabels(change)
  const { path, body, answer } = server.only()
  expect([path, body]).toEqual(['labels', change])
  answer({})
  expect([await accepted, labelProblem.value, table.reloads]).toEqual([true, null, 1])
})

test.each([
  [
    { has_launcher: false },
    1,
    'This dashboard cannot start training runs, so no new run can start from a checkpoint here.',
  ],
  [{ role: 'operator' }, 1, 'Only an owner can start a new run from a checkpoint.'],
  [{ role: 'viewer' }, 1, 'Only an owner can start a new run from a checkpoint.'],
  [{}, undefined, undefined],
  [
    {},
    null,
    'No new run can start from a checkpoint: this run was not started by hotcb launch or by a page, so its program is unknown.',
  ],
  [{}, false, "No new run can start from a checkpoint: this program does not contain this run's training code."],
  [{}, true, undefined],
])('a new run can start from a checkpoint of a known program (%#)', (own, launched, reason) => {
  me.value = { ...me.value, ...own } as typeof me.value
  const answer = { launched: typeof launched === 'boolean' ? { can_start: launched } : launched, checkpoints: [] }
  expect(branchReason(launched === undefined ? undefined : (answer as never))).toBe(reason)
})
