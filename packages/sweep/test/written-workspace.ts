import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { SeenFacts, SeenState, SweepEvent } from '../src/journal/event.ts'
import { sha256 } from '../src/node/sha256.ts'
import { underClaim } from '../src/node/workspace.ts'
import { openWorkspace, type Workspace } from '../src/node.ts'

/** A workspace whose journal was written by the test: nothing runs. */
export interface WrittenWorkspace {
  readonly workspace: Workspace
  readonly root: string
  /** Appends events to the journal. */
  write(...events: readonly SweepEvent[]): Promise<void>
  /** Writes a file below `.hyperherd/results`. */
  result(name: string, text: string): void
}

/** @param parameters The values of each trial, by parameter. */
export async function writtenWorkspace(
  yaml: string,
  parameters: readonly Readonly<Record<string, string | number | boolean>>[],
  ...events: readonly SweepEvent[]
): Promise<WrittenWorkspace> {
  const root = mkdtempSync(join(tmpdir(), 'written-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  writeFileSync(join(root, 'hyperherd.yaml'), yaml)
  const workspace = openWorkspace(root)
  onTestFinished(() => workspace.close())
  const write = (...more: readonly SweepEvent[]): Promise<void> =>
    underClaim(workspace, 'test', (writer) => void writer.append(...more))
  const trials = parameters.map((params, i) => ({ i, hash: `h${i}`, params, extras: {}, name: `t-${i}` }))
  await write({ type: 'config', sha256: sha256(yaml), text: yaml }, { type: 'plan', trials }, ...events)
  return {
    workspace,
    root,
    write,
    result(name, text) {
      const path = join(workspace.paths.results, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    },
  }
}

/** An attempt of a trial that was submitted to an executor and is in a given state. */
export function attemptIn(i: number, state: SeenState, facts: SeenFacts = {}, n = 1, executor = 'local'): SweepEvent[] {
  const sid = `s${i}-${n}`
  return [
    { type: 'intent', sid, executor, attempts: [[i, n]] },
    { type: 'sent', sid, job: `7${i}` },
    { type: 'seen', rows: [[i, n, 0, state, facts]] },
  ]
}

/** Lines of a curve for one metric, with one line per step. */
export function curve(name: string, ...values: readonly (number | null)[]): string {
  const lines = values.map((value, at) => ({ step: at + 1, wall_time: 1000 + at, metrics: { [name]: value } }))
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}
