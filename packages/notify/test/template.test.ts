import { expect, test } from 'vitest'
import { fillMessage, type TemplateValues } from '../src/text/template.ts'

const VALUES: TemplateValues = {
  because: 'loss of {value} {because}',
  count: '3',
  level: 'warning',
  metric: '{run}',
  phase: 'train',
  rule: 'mine',
  run: 'exp-001',
  state: 'opened',
  step: '7',
  value: '0.5',
}

test('a template is filled in once: a field name inside a value is not replaced', () => {
  expect(fillMessage('{metric} at step {step}: {because}', VALUES)).toBe('{run} at step 7: loss of {value} {because}')
})
