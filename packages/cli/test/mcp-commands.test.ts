import { readArguments } from '@hotcb/commands'
import { expect, test } from 'vitest'
import type { McpPort } from '../../mcp/src/index.ts'
import { TOOLS } from '../../mcp/src/tools/index.ts'
import { findTyped } from '../src/parse/command-words.ts'
import { loadCommand } from '../src/parse/load-command.ts'

/** All arguments that each tool accepts. */
const ARGUMENTS: Readonly<Record<string, object>> = {
  list_runs: {},
  explain_run: { run: 'a' },
  run_status: { run: 'a' },
  run_ledger: { run: 'a', limit: 5, from_step: 1, to_step: 2 },
  run_metrics: { run: 'a', names: ['loss'], points: 3 },
  sweep_status: { sweep: 's', state: 'failed,running', limit: 5 },
  sweep_results: { sweep: 's' },
  trial_log: { sweep: 's', trial: 3, lines: 5 },
  validate_config: { sweep: 's' },
  validate_recipe: { run: 'a', recipe: 'r.jsonl' },
  why_trial: { sweep: 's', trial: 3 },
  propose_change: {
    run: 'a',
    action: 'set_controls',
    arguments: { values: { lr: { mul: 0.5 } }, expect: { lr: 1 } },
    reason: 'why not',
  },
  propose_trials: { sweep: 's', action: 'run_indices', arguments: { indices: [1, 2] }, reason: 'why not' },
  set_controls: { run: 'a', values: { lr: { mul: 0.5 } }, expect: { lr: 1 }, at_step: 9, reason: 'why not' },
  revert_change: { run: 'a', seq: 3, reason: 'why not' },
  save_checkpoint: { run: 'a', tag: 't', reason: 'why not' },
  load_checkpoint: { run: 'a', tag: 't', reason: 'why not' },
  pause_run: { run: 'a', reason: 'why not' },
  resume_run: { run: 'a', reason: 'why not' },
  stop_run: { run: 'a', reason: 'why not' },
  set_trials: { sweep: 's', trials: [1], values: { lr: 1 }, reason: 'why not' },
  run_trials: { sweep: 's', trials: [1, 2], dry_run: true },
  stop_trials: { sweep: 's', trials: [1], reason: 'why not' },
  prune_trials: { sweep: 's', trials: [1], reason: 'why not' },
  pause_trials: { sweep: 's', trials: [1], reason: 'why not' },
  resume_trials: { sweep: 's', trials: [1], reason: 'why not' },
}

test('the command line of every tool is valid, and uses only flags and words that exist', async () => {
  expect(Object.keys(ARGUMENTS).sort()).toEqual(TOOLS.map(({ name }) => name).sort())
  for (const { name, call } of TOOLS) {
    const lines: (readonly string[])[] = []
    const port: McpPort = {
      version: '1',
      rights: [],
      roots: ['/runs'],
      locate: (path) => `/real/${path}`,
      readMetrics: async () => ({}),
      run: async (words) => {
        lines.push(words)
        return { exitCode: 0, output: '{}', errors: '' }
      },
    }
    await call(ARGUMENTS[name], port)
    if (name !== 'run_metrics') expect(lines, name).not.toEqual([])
    for (const words of lines) {
      const { path, leaf, tokens } = findTyped(words)
      if (leaf === undefined) throw new Error(`${name}: no command ${words.join(' ')}`)
      const { args } = await loadCommand(path, leaf)
      expect(() => readArguments(args, tokens), `${name}: ${words.join(' ')}`).not.toThrow()
    }
  }
})
