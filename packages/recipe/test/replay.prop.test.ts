import type { Json, Overlay, RecipeEntry } from '@hotcb/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAgenda, planReplay } from '../src/index.ts'
import * as arbitrary from './arbitraries.ts'

describe('planReplay', () => {
  test('agrees with a simple model of the rules for any recipe, overlay and offset', () => {
    let refused = 0
    let changed = 0
    fc.assert(
      fc.property(
        fc.array(arbitrary.entry, { maxLength: 12 }),
        fc.option(arbitrary.overlay),
        fc.integer({ min: -6, max: 6 }),
        (entries, overlay, stepOffset) => {
          const frozen = JSON.stringify(entries)
          const plan = planReplay(entries, { overlay, stepOffset })
          const expected = model(entries, overlay, stepOffset)
          expect(plan.ok ? plan.value.entries : null).toEqual(expected)
          expect(JSON.stringify(entries)).toBe(frozen)
          if (!plan.ok) refused++
          else if (overlay !== null && overlay.patches.length > 0) changed++
        },
      ),
      { numRuns: 3000 },
    )
    // About 65 and 2000 of the random cases.
    expect([refused > 10, changed > 500]).toEqual([true, true])
  })
})

describe('the player', () => {
  const points = fc.array(
    fc.record({
      skip: fc.nat({ max: 3 }),
      calls: fc.array(fc.array(fc.constantFrom('train_step_end', 'val_epoch_end', 'a'), { maxLength: 2 }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
    { maxLength: 12 },
  )

  test('applies each entry at the same place as a simple model, with several events per step, skipped steps and late entries', () => {
    fc.assert(
      fc.property(fc.array(arbitrary.entry, { maxLength: 12 }), points, (entries, steps) => {
        const plan = planReplay(entries)
        if (!plan.ok) throw new Error(plan.reason)
        const agenda = createAgenda(
          plan.value.entries.map((item) => ({
            step: item.at.step,
            call: item.at.call ?? null,
            event: item.at.event,
            item,
          })),
        )
        let waiting = [...plan.value.entries]
        let step = 0
        for (const { skip, calls } of steps) {
          step += skip
          for (const [call, events] of calls.entries()) {
            const expected = waiting.filter((entry) => isDue(entry, step, call, events))
            waiting = waiting.filter((entry) => !expected.includes(entry))
            expect(agenda.take(step, call, events)).toEqual(
              expected.map((item) => expect.objectContaining({ item, late: item.at.step < step })),
            )
          }
          step++
        }
        expect(agenda.remaining().map(({ item }) => item)).toEqual(waiting)
      }),
      { numRuns: 1000 },
    )
  })
})

function isDue({ at }: RecipeEntry, step: number, call: number, events: readonly string[]): boolean {
  if (at.step !== step) return at.step < step
  if (at.call !== undefined && at.call !== null) return at.call <= call
  return at.event === null || events.includes(at.event)
}

// The same rules, implemented as simply as possible: a list of loose objects, changed in place.
interface Loose {
  step: number
  event: string | null
  call: number | undefined
  module: string
  op: string
  id: string
  params: Record<string, Json> | undefined
  isStale: boolean
  isNamed: boolean
}

function model(entries: readonly RecipeEntry[], overlay: Overlay | null, offset: number): RecipeEntry[] | null {
  let list = entries.map(loosen)
  list = inOrder(list)
  for (const patch of overlay?.patches ?? []) {
    if (patch.insert) {
      list.push(loosen(patch.insert))
      continue
    }
    const { match } = patch
    let matching = list.filter((one) => {
      if (match.module !== null && match.module !== one.module) return false
      if (match.op !== null && match.op !== one.op) return false
      if (match.id !== null && match.id !== one.id) return false
      if (match.at_event !== null && match.at_event !== (one.event ?? 'train_step_end')) return false
      if (match.at_step !== null && match.at_step !== one.step) return false
      if (match.step_min !== null && one.step < match.step_min) return false
      if (match.step_max !== null && one.step > match.step_max) return false
      return match.has_param === null || (one.params !== undefined && match.has_param in one.params)
    })
    if (match.nth !== null) matching = matching.slice(match.nth, match.nth + 1)
    if (patch.drop) {
      list = list.filter((one) => !matching.includes(one))
      continue
    }
    for (const one of matching) {
      const old = rateOf(one)
      if (patch.replace_params) {
        one.params = { ...one.params, ...patch.replace_params }
        if ('scheduler_scale' in patch.replace_params) one.isNamed = true
      }
      if (patch.transform_params) {
        one.params = { ...one.params }
        const { scale, add } = patch.transform_params
        if ('scheduler_scale' in scale || 'scheduler_scale' in add) one.isNamed = true
        for (const key of Object.keys(scale)) {
          if (!(key in one.params)) continue
          const next = numbers(one.params[key], (number) => number * (scale[key] ?? 1))
          if (next === undefined) return null
          one.params[key] = next
        }
        for (const key of Object.keys(add)) {
          if (!(key in one.params)) continue
          const next = numbers(one.params[key], (number) => number + (add[key] ?? 0))
          if (next === undefined) return null
          one.params[key] = next
        }
      }
      if (patch.shift_step) {
        one.step += patch.shift_step
        one.call = undefined
        one.isStale = true
      }
      if (rateOf(one) !== old) one.isStale = true
    }
  }
  for (const one of list) {
    if (one.isStale && !one.isNamed && one.params && ('lr' in one.params || 'scheduler_drop' in one.params)) {
      delete one.params['scheduler_scale']
    }
    if (offset !== 0) one.call = undefined
    one.step = Math.max(one.step + offset, 0)
  }
  return inOrder(list).map(({ step, event, call, module, op, id, params }) => ({
    at: { step, event, ...(call !== undefined && { call }) },
    module,
    op,
    id,
    ...(params && { params }),
  }))
}

// Absent and null differ.
function rateOf({ params }: Loose): string {
  return ['lr', 'scheduler_drop'].map((key) => (params && key in params ? JSON.stringify(params[key]) : 'none')).join()
}

function loosen({ at, module, op, id, params }: RecipeEntry): Loose {
  const call = at.call ?? undefined
  const copy = params ? { ...params } : undefined
  return { step: at.step, event: at.event, call, module, op, id, params: copy, isStale: false, isNamed: false }
}

// Insertion sort, because it is obviously stable.
function inOrder(list: readonly Loose[]): Loose[] {
  const sorted: Loose[] = []
  for (const one of list) {
    let at = sorted.length
    while (at > 0 && (sorted[at - 1]?.step ?? 0) > one.step) at--
    sorted.splice(at, 0, one)
  }
  return sorted
}

function numbers(value: Json | undefined, to: (number: number) => number): Json | undefined {
  if (typeof value === 'number') return to(value)
  if (!Array.isArray(value)) return undefined
  const all = (value as readonly Json[]).map((one) => numbers(one, to))
  return all.some((one) => one === undefined) ? undefined : (all as Json[])
}
