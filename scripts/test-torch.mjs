// `npm run test:torch`: runs one trial of examples/sweep-torch with a real PyTorch. The exit code is 77 if there is none, as for
// skipped tests under automake.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const NOT_RUN = 77
const python = process.env.HOTCB_TORCH_PYTHON ?? process.env.HOTCB_PYTHON ?? 'python3'
const probe = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' })
if (probe.status !== 0) {
  const why = (probe.stderr ?? '').trim().split('\n').at(-1) || `\`${python}\` cannot be started`
  console.error(`not run: the sweep of PyTorch trials: ${why}`)
  console.error('  `pip install torch`, or set HOTCB_TORCH_PYTHON to an interpreter that has it')
  process.exit(NOT_RUN)
}
const dir = mkdtempSync(join(tmpdir(), 'hotcb-torch-'))
try {
  cpSync('examples/sweep-torch', dir, { recursive: true, filter: (path) => !path.includes('.hyperherd') })
  const env = { ...process.env, PYTHON: python, OMP_NUM_THREADS: '1', STEPS: '40' }
  herd('run', '--watch', '-i', '5')
  const row = herd('res', '--json').trials[5]
  if (!(row.metrics.val_loss < 0.7)) throw new Error(`trial 5 did not learn: ${JSON.stringify(row.metrics)}`)
  const steps = herd('res', '--json', '--steps').rows.map(({ step }) => step)
  if (steps.join() !== '20,40') throw new Error(`the curve of trial 5 has the steps ${steps.join(', ')}`)
  console.log(`torch ${probe.stdout.trim()}: a trial trained to a loss of ${row.metrics.val_loss.toFixed(3)}`)

  function herd(...words) {
    const program = resolve('apps/cli/bin/herd.js')
    const { status, stdout, stderr } = spawnSync('node', [program, ...words], { cwd: dir, env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`herd ${words.join(' ')} ended with ${status}: ${stdout}${stderr}`)
    return words.includes('--json') ? JSON.parse(stdout) : stdout
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
