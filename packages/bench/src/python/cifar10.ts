import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Suite } from '../suite.ts'
import { CIFAR_TASKS } from './tasks.ts'
import { trainBeside } from './train-beside.ts'

/** The number of bytes of an image with its label, in the binary version of CIFAR-10. */
const RECORD_BYTES = 1 + 3 * 32 * 32

/** The paths of CIFAR-10 and of a Python interpreter with PyTorch. */
export interface CifarPlace {
  /** The directory with `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`. */
  readonly data: string
  readonly python: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Returns one line about the problem with a CIFAR-10 directory; null if there is none. */
export function cifarProblem(data: string): string | null {
  if (!existsSync(data)) return `the directory \`${data}\` does not exist`
  const names = readdirSync(data).filter((name) => /^data_batch_\d+\.bin$/.test(name))
  const wanted = [...names, 'test_batch.bin']
  if (names.length === 0 || !existsSync(join(data, 'test_batch.bin'))) {
    return `\`${data}\` has no \`data_batch_1.bin\` and \`test_batch.bin\`: unpack the binary version of CIFAR-10, cifar-10-binary.tar.gz`
  }
  const odd = wanted.find((name) => statSync(join(data, name)).size % RECORD_BYTES !== 0)
  if (odd === undefined) return null
  return `\`${join(data, odd)}\` is incomplete or has another format: its size is not a multiple of ${RECORD_BYTES} bytes`
}

/** CIFAR-10, trained in PyTorch by `hotcb_bridge`. */
export function cifarSuite({ data, python, env }: CifarPlace): Suite {
  return {
    tasks: CIFAR_TASKS,
    train({ task: name, arm, seed, budget, clock }) {
      const task = CIFAR_TASKS.find((one) => one.name === name)
      if (task === undefined) throw new RangeError(`\`${name}\` is not a task of CIFAR-10`)
      const words = [
        ...['-m', 'hotcb_bridge._bench', '--data', data, '--seed', String(seed)],
        ...['--optimizer', task.optimizer, '--lr', String(task.lr * (arm.factor ?? 1)), '--max-steps', String(budget)],
      ]
      // With several threads, PyTorch's sums depend on the number of cores.
      return trainBeside({ program: python, words, env: { ...env, OMP_NUM_THREADS: '1' } }, arm, clock)
    },
  }
}
