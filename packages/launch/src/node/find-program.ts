import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { PYTHON_FILE, TRAIN_FN_FILE } from '../keeper-file.ts'
import { LaunchError } from '../launch-error.ts'
import type { TrainingTarget } from '../plan.ts'
import { pythonOf } from '../python.ts'

const ENDINGS = ['', '.ts', '.mts', '.js', '.mjs', '.cts', '.cjs', '.py']

/**
 * Returns the program and the arguments for a training target.
 *
 * @param cwd The directory that relative paths refer to.
 * @param env `HOTCB_PYTHON` is the interpreter for a Python function.
 * @throws {@link LaunchError} `bad-option` for a missing module.
 */
export function programOf(
  trained: TrainingTarget,
  cwd: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  if (trained.kind === 'config') return trained.training.argv
  if (trained.kind === 'command') return trained.argv
  const file = findModule(trained.module, cwd)
  if (file.endsWith('.py')) return [findPython(env), fileURLToPath(PYTHON_FILE), file, trained.fn]
  return [process.execPath, fileURLToPath(TRAIN_FN_FILE), file, trained.fn]
}

/** Resolves the path of the interpreter, because a resumed training run may start in a different directory. */
function findPython(env: Readonly<Record<string, string | undefined>>): string {
  const python = pythonOf(env)
  return /[\\/]/.test(python) ? resolve(python) : python
}

function findModule(name: string, cwd: string): string {
  // `package.module` names a Python file.
  const names = [...ENDINGS.map((ending) => name + ending), `${name.replaceAll('.', '/')}.py`]
  const found = names.map((one) => resolve(cwd, one)).find(isFile)
  if (found !== undefined) return found
  const packaged = /^[.\\/]/.test(name) ? undefined : resolvePackage(name, cwd)
  if (packaged !== undefined) return packaged
  throw new LaunchError(
    'bad-option',
    `cannot find the module \`${name}\`: it must be a file ${name}.ts, .js, .mjs or .py in this directory, or an installed package`,
  )
}

function resolvePackage(name: string, cwd: string): string | undefined {
  const url = createJiti(resolve(cwd, 'package.json')).esmResolve(name, { try: true })
  return url?.startsWith('file:') === true && existsSync(fileURLToPath(url)) ? fileURLToPath(url) : undefined
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
