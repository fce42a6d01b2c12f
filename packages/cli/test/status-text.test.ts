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
    max_steps: null,
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
  final_metrics: null,
  origin: null,
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
])('metrics are wrapped in a terminal of %i columns', (columns, lines) => {
  expect(renderStatus(STATUS, terminalOf(columns)).slice(3)).toEqual(lines)
})

test('without a terminal they are one line', () => {
  expect(renderStatus(STATUS, { ...pipe, isTerminal: false, columns: () => 10 })).toHaveLength(4)
})

test('for an ended run the number of steps and the final metrics are shown', () => {
  const kernel = { name: 'hotcb', version: '1', pid: null, host: null, attempt: 1, start: null }
  const trainer = { ...STATUS.trainer, closed: true, step: 399, max_steps: 400, kernel, age_seconds: 5 }
  const lines = renderStatus({ ...STATUS, trainer, final_metrics: { val_loss: 0.125, val_accuracy: null } }, pipe)
  expect(lines.join('\n')).toContain('ended at step 399, 400 of 400 done, 5 s ago')
  expect(lines.join('\n')).toMatch(/^ {2}at the end {2}val_loss 0\.125, val_accuracy \S+$/m)
})

test('a run with a recorded origin shows commit, machine and command line', () => {
  const git = { commit: '0123456789abcdef', branch: 'main', is_dirty: true, remote: null }
  const origin = { command: ['python', 'train.py', '--note', "it's"], cwd: '/w', host: 'node7', git, env: {} }
  const shown = (some: Partial<typeof origin> | { git: null }) =>
    renderStatus({ ...STATUS, metrics: null, origin: { ...origin, ...some } }, pipe).find((line) =>
      line.includes('started'),
    )
  expect(shown({})).toBe(
    "  started  git 01234567 on main, with uncommitted changes, host node7  python train.py --note 'it'\\''s'",
  )
  expect(shown({ git: null })).toBe("  started  host node7  python train.py --note 'it'\\''s'")
})
