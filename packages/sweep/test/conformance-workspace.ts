import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Chunk } from '../src/executor/executor.ts'
import { executorOf } from '../src/node/executors.ts'
import { loadConfig } from '../src/node/workspace.ts'
import { openWorkspace } from '../src/node.ts'
import type { ExecutorUnderTest } from '../src/testing.ts'

/** A workspace with one trial on an executor. The launcher exits with the code in the overrides. */
export function conformanceWorkspace(block: string, onClose: () => void = () => {}): ExecutorUnderTest {
  const root = mkdtempSync(join(tmpdir(), 'sweep-conformance-'))
  writeFileSync(join(root, 'l.sh'), '#!/bin/bash\nexit "$1"\n')
  writeFileSync(
    join(root, 'hyperherd.yaml'),
    // The accounting finds the jobs of an earlier run by name.
    `name: ${basename(root)}\ngrid: all\nlauncher: ./l.sh\n${block}\nparameters:\n  x: {type: discrete, values: [1]}\n`,
  )
  const workspace = openWorkspace(root)
  mkdirSync(workspace.paths.state)
  const chunk = (sid: string, i: number, n: number, code: number): Chunk => {
    const env = {
      HYPERHERD_WORKSPACE: root,
      HYPERHERD_TRIAL_ID: String(i),
      HYPERHERD_ATTEMPT: String(n),
      HYPERHERD_GPUS: '',
      HYPERHERD_LAUNCHER: join(root, 'l.sh'),
      HYPERHERD_OVERRIDES: String(code),
      HOTCB_RUN_DIR: join(workspace.paths.results, String(i)),
    }
    return { sid, attempts: [{ i, n, task: i, place: { gpus: '' }, env }], throttle: null, slurm: null }
  }
  return {
    executor: executorOf(workspace, loadConfig(workspace.paths).config),
    chunk,
    close() {
      workspace.close()
      onClose()
      removeUnderWriters(root)
    },
  }
}

/** A wrapper that lost its mark to another one may still be creating folders. `maxRetries` does not list new entries again. */
function removeUnderWriters(root: string): void {
  for (let left = 50; ; left--) {
    try {
      rmSync(root, { recursive: true, force: true })
      return
    } catch (error) {
      if (left === 0) throw error
    }
  }
}
