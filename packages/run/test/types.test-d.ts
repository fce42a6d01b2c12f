// Checked by `npm run types`; nothing here runs.
import type { ControlsDocument, FreezeState, LedgerLine, MetricRecord, StateDocument } from '@hotcb/protocol'
import { expectTypeOf, test } from 'vitest'
import { type RunDocuments, type RunStreams, readDocumentText, readStreamLine } from '../src/index.ts'
import { openRun, watchRunDocument } from '../src/node.ts'

test('the name of a document determines the type of its content', () => {
  expectTypeOf<RunDocuments['state']>().toEqualTypeOf<StateDocument>()
  const state = readDocumentText('state', '{}')
  if (state.ok) expectTypeOf(state.value).toEqualTypeOf<StateDocument | undefined>()
  const freeze = readDocumentText('freeze', '{}')
  if (freeze.ok) expectTypeOf(freeze.value).toEqualTypeOf<FreezeState | undefined>()
  expectTypeOf(watchRunDocument('actuators', 'x').reading.value).toEqualTypeOf<ControlsDocument | undefined>()
  // @ts-expect-error a document that no run has
  readDocumentText('frozen', '{}')
})

test('the name of a stream determines the type of its lines', () => {
  expectTypeOf<RunStreams['log']>().toEqualTypeOf<string>()
  const line = readStreamLine('ledger', '{}')
  if (line.ok) expectTypeOf(line.value).toEqualTypeOf<LedgerLine>()
  const record = readStreamLine('metrics', '{}')
  if (record.ok) expectTypeOf(record.value).toEqualTypeOf<MetricRecord>()
})

test('a run that was opened has no untyped parts', () => {
  expectTypeOf(openRun('runs/x')).not.toBeAny()
  expectTypeOf(openRun('runs/x').readState().state).not.toBeAny()
})
