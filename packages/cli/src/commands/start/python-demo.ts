import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { refusal } from '@hotcb/commands'
import { pythonOf } from '@hotcb/launch'
import type { CliContext, ServedDashboard } from '../../context.ts'
import { openRunDirectory } from '../../run.ts'
import { checkPython } from '../look/doctor/python.ts'

/** Options of `hotcb demo --python`. */
export interface PythonDemo {
  /** The run directory; undefined for the first free `runs/demo-NNN`. */
  readonly dir: string | undefined
  readonly maxSteps?: number | undefined
  /** Seconds. */
  readonly stepDelaySeconds?: number | undefined
  readonly seed?: number | undefined
  /** Shows the run while it trains. */
  readonly serve?: ((dir: string) => Promise<ServedDashboard>) | undefined
}

/**
 * Trains a model on handwritten digits with PyTorch, in a separate process.
 *
 * @returns The exit code of the training process.
 * @throws CommandError `refused` if a required package is missing from the Python environment.
 */
export async function runPythonDemo(demo: PythonDemo, { env, terminal, json }: CliContext): Promise<number> {
  const python = pythonOf(env)
  const lacking = checkPython(python).find(({ state }) => state === 'problem')
  if (lacking !== undefined) throw refusal(`${lacking.name}: ${lacking.says}`, lacking.remedy)
  const dir = resolve(demo.dir ?? firstFree())
  const words = [
    ...['-m', 'hotcb_bridge._demo', dir],
    ...flag('--max-steps', demo.maxSteps),
    ...flag('--step-delay', demo.stepDelaySeconds),
    ...flag('--seed', demo.seed),
  ]
  // With `--json`, standard output is for the answer.
  const child = spawn(python, words, { stdio: ['inherit', json ? 2 : 'inherit', 'inherit'], env })
  // Ctrl-C also reaches the training process, which handles it itself.
  const wait = (): void => undefined
  process.on('SIGINT', wait)
  const page = await demo.serve?.(dir)
  if (page !== undefined) terminal.out(`dashboard: ${page.address}`)
  const [code] = await once(child, 'exit')
  process.off('SIGINT', wait)
  await page?.close()
  const about = json ? openRunDirectory(dir).document('run').value : undefined
  if (about !== undefined) terminal.json(about)
  return typeof code === 'number' ? code : 1
}

function firstFree(): string {
  for (let n = 1; ; n++) {
    const dir = `runs/demo-${String(n).padStart(3, '0')}`
    if (!existsSync(dir)) return dir
  }
}

function flag(name: string, value: number | undefined): readonly string[] {
  return value === undefined ? [] : [name, String(value)]
}
