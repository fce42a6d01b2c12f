// Workspaces of a size that nobody wants to run for a benchmark: their journals and marks are written as drivers write them.
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { openWorkspace, runSweep } from '@hotcb/sweep/node'

/** @param parameters Lines of YAML, indented. */
export async function withWorkspace(parameters, more, use) {
  const root = mkdtempSync(join(tmpdir(), 'hotcb-bench-'))
  try {
    writeFileSync(
      join(root, 'hyperherd.yaml'),
      `name: bench\ngrid: all\nlauncher: ./launch.sh\n${more}parameters:\n${parameters}`,
    )
    writeFileSync(join(root, 'launch.sh'), '#!/bin/sh\nexit 0\n')
    chmodSync(join(root, 'launch.sh'), 0o755)
    return await use(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Plans all trials and says of the first `count` that they run in this process, or have ended. */
export async function writeRunning(root, count, isOver = () => false) {
  const workspace = openWorkspace(root)
  await runSweep(workspace)
  const { paths } = workspace
  workspace.close()
  const [name = ''] = readdirSync(paths.journal)
  const at = Date.now() / 1000
  // As if the claim under which the trials were planned had gone on.
  let k = 1000
  const line = (event) => `${JSON.stringify({ n: 0, k: k++, ts: at, by: 'bench', ...event })}\n`
  let text = ''
  mkdirSync(paths.logs, { recursive: true })
  for (let i = 0; i < count; i++) {
    text += line({ type: 'intent', sid: `s${i}`, executor: 'local', attempts: [[i, 1]] })
    text += line({ type: 'sent', sid: `s${i}`, job: String(process.pid) })
    text += line({ type: 'seen', rows: [[i, 1, 0, 'running', { begun: at, job: String(process.pid) }]] })
    if (isOver(i))
      text += line({
        type: 'seen',
        rows: [[i, 1, 0, 'completed', { code: 0, ended: at, last_log: `epoch 7: loss 0.1${i}` }]],
      })
    const marks = join(paths.marks, String(Math.floor(i / 1000)))
    if (i % 1000 === 0) mkdirSync(marks, { recursive: true })
    symlinkSync(`local:${hostname()}:${process.pid}:${processStart()}:${Math.floor(at)}:`, join(marks, `${i}-1`))
    if (isOver(i)) symlinkSync(String(Math.floor(at)), join(marks, `${i}-1.0=0`))
    writeFileSync(join(paths.logs, `${i}.out`), `epoch 7: loss 0.1${i}\n`)
  }
  appendFileSync(join(paths.journal, name), text)
  return paths
}

/** CPU milliseconds of this process, with its threads. */
export function cpuMs() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
