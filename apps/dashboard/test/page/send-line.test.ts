import { createCommandTree } from '@hotcb/commands'
import { BUILT_IN_TABLE, type FreezeMode } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import type { CommandDraft } from '../../src/shared/draft.ts'
import { factsOf } from '../../src/web/run/line-facts.ts'
import { sendLine } from '../../src/web/run/send-line.ts'

async function sent(
  line: string,
  freeze: FreezeMode,
  total: number | null = null,
): Promise<readonly string[] | string> {
  const ops: string[] = []
  const answers = {
    async send(drafts: readonly CommandDraft[]) {
      ops.push(...drafts.map(({ op }) => op))
      return true
    },
    async freeze() {
      ops.push('freeze')
      return true
    },
  }
  const sections = createCommandTree(BUILT_IN_TABLE)
  const result = await sendLine(
    line,
    { sections, facts: factsOf(undefined, BUILT_IN_TABLE), step: null, total, freeze },
    answers,
  )
  return result.ok ? ops : result.reason
}

test('a line that freeze would refuse is not sent, and the reason is shown', async () => {
  expect(await sent('set lr=0.01', 'prod')).toBe(
    'freeze is prod: the kernel would refuse this; press Enter again to send it anyway',
  )
  expect(await sent('set lr=0.01', 'replay')).toMatch(/^freeze is replay: /)
  expect(await sent('set lr=0.01', 'off')).toEqual(['set_params'])
})

test.each([
  ['pause', ['pause']],
  ['unfreeze', ['freeze']],
])('%s passes every freeze', async (line, ops) => {
  expect(await sent(line, 'prod')).toEqual(ops)
})

test('a step past the end of the run is refused, unless the line has `--late`', async () => {
  expect(await sent('set lr=0.01 --at 400', 'off', 400)).toBe(
    'step 400 of `--at` is past the end: the run ends after step 399; use `--late` to send it anyway: it then waits until the run is trained for longer',
  )
  for (const [line, total] of [
    ['set lr=0.01 --at 399', 400],
    ['set lr=0.01 --at 400', null],
    ['set lr=0.01 --at 400 --late', 400],
  ] as const)
    expect(await sent(line, 'off', total)).toEqual(['set_params'])
})
