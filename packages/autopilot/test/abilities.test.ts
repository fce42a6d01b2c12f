import type { LedgerLine } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { abilitiesAfter, lacks, UNKNOWN_ABILITIES } from '../src/abilities.ts'
import { ledgerLine } from './support.ts'

const BEFORE = { canSave: undefined, canLoad: true }

function after(more: Partial<LedgerLine>): unknown {
  return abilitiesAfter(ledgerLine({ module: 'core', op: 'checkpoint', ...more }), BEFORE)
}

test('a checkpoint that was saved or loaded shows that the trainer can do it', () => {
  expect(after({ params: { action: 'save' } })).toEqual({ canSave: true, canLoad: true })
  expect([after({ params: {} }), after({ params: null })]).toEqual(Array(2).fill({ canSave: true, canLoad: true }))
  const none = { canSave: false, canLoad: false }
  const load = ledgerLine({ module: 'core', op: 'checkpoint', params: { action: 'load' } })
  expect(abilitiesAfter(load, none)).toEqual({ canSave: false, canLoad: true })
  expect(after({ params: { action: 'drop' } })).toBe(BEFORE)
})

test('a trainer that registered no function lacks it, and other failures reveal nothing', () => {
  const failed = (error: string | null, action = 'save'): unknown =>
    after({ decision: 'failed', error, params: { action } })
  expect(failed('the trainer registered no `save`')).toEqual({ canSave: false, canLoad: true })
  expect(failed('the trainer registered no `load`', 'load')).toEqual({ canSave: undefined, canLoad: false })
  expect([failed('the disk is full'), failed(null), failed(null, 'load')]).toEqual([BEFORE, BEFORE, BEFORE])
  const line = ledgerLine({ op: 'checkpoint', error: 'the trainer registered no `save`' })
  expect([lacks(line, 'save'), lacks(line, 'load'), lacks({ ...line, op: 'set' }, 'save')]).toEqual([
    true,
    false,
    false,
  ])
})

test('a restarted trainer may have other abilities, and other lines reveal none', () => {
  expect(after({ op: 'attempt' })).toEqual(UNKNOWN_ABILITIES)
  expect(after({ op: 'attempt', module: 'opt' })).toBe(BEFORE)
  expect(after({ module: 'opt', params: { action: 'save' } })).toBe(BEFORE)
  expect(after({ op: 'pause', params: { action: 'save' } })).toBe(BEFORE)
})
