import { expect, test } from 'vitest'
import type { RunStatus } from '../src/commands/look/read-status.ts'
import { renderStatus } from '../src/print/status-text.ts'
import { openTerminal, type Terminal } from '../src/print/terminal.ts'

const STATUS: RunStatus = {
  run_dir: 'runs/a',
  trainer: {
    alive: false,
    reason: null,
    foreign: false,
    paused: false,
    closed: false,
    step: null,
    step_seconds: null,
    ranks: null,
    kernel: null,
    age_seconds: null,
  },
  freeze: { mode: 'off', recipe_path: null, adjust_path: null, policy: 'best_effort', step_offset: 0 },
  queued: [],
  held: [],
  last: {},
  last_complete: true,
  controls: [],
  modules: {},
  metrics: { step: 1234, values: { train_loss: 0.5, accuracy: 1, grad_norm: 0.25, lr: 0.05 }, earlier: {} },
  warnings: [],
}

const pipe = openTerminal({ env: { LC_ALL: 'C.UTF-8', NO_COLOR: '1' } })

function terminalOf(columns: number): Terminal {
  return { ...pipe, isTerminal: true, columns: () => columns }
}

test.each<[number, string[]]>([
  [80, ['  metrics  train_loss 0.5, accuracy 1, grad_norm 0.25, lr 0.05 at step 1,234']],
  [40, ['  metrics  train_loss 0.5, accuracy 1,', '           grad_norm 0.25, lr 0.05', '           at step 1,234']],
  [
    10,
    [
      '  metrics  train_loss 0.5,',
      '           accuracy 1,',
      '           grad_norm 0.25,',
      '           lr 0.05',
      '           at step 1,234',
    ],
  ],
])('metrics take as many lines as a terminal of %i columns asks for', (columns, lines) => {
  expect(renderStatus(STATUS, terminalOf(columns)).slice(3)).toEqual(lines)
})

test('where nobody looks they are one line', () => {
  expect(renderStatus(STATUS, { ...pipe, isTerminal: false, columns: () => 10 })).toHaveLength(4)
})
