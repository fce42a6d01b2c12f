import { expect, test } from 'vitest'
import type { ExplainedChange, Explanation } from '../../src/commands/agents/explain-run.ts'
import { renderExplanation } from '../../src/print/explanation-text.ts'
import { markedTerminal } from '../marked-terminal.ts'
import { EMPTY_STATUS } from './run-status.ts'

const EMPTY: Explanation = {
  version: 1,
  status: EMPTY_STATUS,
  key_metric: null,
  metrics: [],
  more_metrics: 0,
  problems: [],
  rollback: null,
  changes: [],
  refused: [],
}

function page(some: Partial<Explanation>): string {
  return `\n${renderExplanation({ ...EMPTY, ...some }, markedTerminal()).join('\n')}\n`
}

const LINE = { seq: 1, step: 100, who: 'ann (cli)', what: 'lr 1 → 0.1', decision: 'applied', why: '' } as const

function change(some: Partial<ExplainedChange> = {}): ExplainedChange {
  return { ...LINE, effect: null, undone_by: null, ...some }
}

test('an empty explanation has `none` in each section', () => {
  expect(page({})).toMatchInlineSnapshot(`
    "
    <bold>runs/a</bold>
      none has opened this run yet

    <bold>problems</bold>
      none

    <bold>metrics</bold>
      none

    <bold>changes and their effect on no metric</bold>
      none

    <bold>refused</bold>
      none
    "
  `)
})

test('an explanation contains the state, problems, metrics, changes with their effects, and refused changes', () => {
  const status = {
    ...EMPTY_STATUS,
    freeze: { ...EMPTY_STATUS.freeze, mode: 'prod' },
    controls: [
      { param_key: 'lr', current: 0.1 },
      { param_key: 'wd', current: 1 / 3 },
    ],
    warnings: ['the disk is full'],
  } as unknown as Explanation['status']
  const effect = (verdict: string): ExplainedChange['effect'] =>
    ({ verdict, shift: -0.123456789, low: -0.2, high: -0.1 }) as unknown as ExplainedChange['effect']
  expect(
    page({
      status,
      key_metric: 'val',
      metrics: [
        { name: 'val', course: 'last 4' },
        { name: 'other', course: 'last 1' },
      ] as unknown as Explanation['metrics'],
      more_metrics: 3,
      problems: [
        { metric: 'val', kind: 'not_finite', because: 'it is nan', last_good_step: 9 },
        { metric: 'g', kind: 'stuck', because: 'it does not change', last_good_step: null },
      ],
      rollback: { tag: 'best', step: 8 },
      changes: [
        change({ effect: effect('better') }),
        change({ seq: 2, step: null, effect: effect('worse'), why: 'faster' }),
        change({ seq: 3, effect: effect('higher') }),
        change({ seq: 4 }),
        change({ seq: 5, effect: effect('better'), undone_by: 6 }),
        change({ seq: 6, what: 'checkpoint load best', effect: effect('better') }),
      ],
      refused: [{ ...LINE, seq: 7, decision: 'failed', why: 'too large' }, LINE],
    }),
  ).toMatchInlineSnapshot(`
    "
    <bold>runs/a</bold>
      none has opened this run yet
      frozen: prod
      controls now: lr 0.1, wd 0.333333
      <yellow>warning</yellow>  the disk is full

    <bold>problems</bold>
      val  <red>not finite</red>  it is nan; the last good step was 9
      g    <red>stuck</red>       it does not change
      the latest checkpoint before that: best, at step 8; go back to it with \`hotcb checkpoint load best\`

    <bold>metrics</bold>
      <bold>val</bold>  last 4
      other             last 1
      <dim>and 3 more; see their latest values with \`hotcb status\`</dim>

    <bold>changes and their effect on val</bold>
      1  step 100  ann (cli)  lr 1 → 0.1            <green>better: -0.123457 (-0.2 to -0.1)</green>
      2            ann (cli)  lr 1 → 0.1            <red>worse: -0.123457 (-0.2 to -0.1)</red>       faster
      3  step 100  ann (cli)  lr 1 → 0.1            higher: -0.123457 (-0.2 to -0.1)
      4  step 100  ann (cli)  lr 1 → 0.1            <dim>too few values to judge</dim>
      5  step 100  ann (cli)  lr 1 → 0.1            <dim>undone by 6</dim>
      6  step 100  ann (cli)  checkpoint load best

    <bold>refused</bold>
      7  step 100  ann (cli)  lr 1 → 0.1  failed  too large
      1  step 100  ann (cli)  lr 1 → 0.1
    "
  `)
})
