import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { createFeatureCapture, createMetricsCollector, createSeries, windowOf } from '../src/index.ts'
import {
  createEventFile,
  openCsvTable,
  openEventFile,
  openFeatureCapture,
  openHistoryStore,
  openMetricsCollector,
  systemClock,
} from '../src/node.ts'

const sink = { append: () => null, flush: () => null, close: () => undefined }

// Options that TypeScript rejects, but plain JavaScript can pass.
test.each<[string, (options: never) => unknown, object, string]>([
  ['openMetricsCollector', openMetricsCollector, { every: 10 }, 'did you mean `everyN`?'],
  ['openMetricsCollector', openMetricsCollector, { sink }, 'choose from '],
  ['createMetricsCollector', createMetricsCollector, { sink, clock: systemClock, alow: [] }, 'did you mean `allow`?'],
  ['openFeatureCapture', openFeatureCapture, { maxSample: 3 }, 'did you mean `maxSamples`?'],
  ['createFeatureCapture', createFeatureCapture, { sink, clock: systemClock, reduceto: 3 }, 'did you mean `reduceTo`?'],
  ['createEventFile', (options) => createEventFile(tmpdir(), options), { walltime: 3 }, 'did you mean `wallTime`?'],
  ['openEventFile', (options) => openEventFile(tmpdir(), options), { steps: 3 }, 'did you mean `step`?'],
  ['openCsvTable', (options) => openCsvTable('t.csv', options), { own: [], notes: 3 }, 'did you mean `note`?'],
  ['openHistoryStore', openHistoryStore, { pollms: 3 }, 'did you mean `pollMs`?'],
  [
    'windowOf',
    (options) => windowOf(createSeries(new Float64Array(), new Float64Array()), options),
    { pixel: 300 },
    'did you mean `pixels`?',
  ],
])('`%s` refuses an unknown option and suggests the nearest one', (name, make, options, hint) => {
  // The casts are needed because the options are deliberately wrong.
  expect(() => make(options as never)).toThrow(TypeError)
  expect(() => make(options as never)).toThrow(`\`${name}\` has no option \`${Object.keys(options).at(-1)}\`: ${hint}`)
})
