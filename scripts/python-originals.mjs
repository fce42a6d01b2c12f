// The originals of hotcb 2 and runtimectl, which are not in Python's package index. They are installed from checkouts of their
// repositories, whose directories are in two environment variables. The installation stays outside the repository's tree.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const ORIGINALS = [
  { name: 'hotcb 2', module: 'hotcb', repository: 'sidphbot/hotcb', variable: 'HOTCB_PYTHON_SOURCE' },
  {
    name: 'runtimectl',
    module: 'runtimectl',
    repository: 'thbuelles/runtimectl',
    variable: 'RUNTIMECTL_PYTHON_SOURCE',
  },
]

/**
 * Returns the originals that the environment names, and those that it does not. A directory without a Python project leads to a
 * one-line error.
 */
export function findOriginals(env = process.env) {
  const named = ORIGINALS.filter(({ variable }) => env[variable]).map((one) => ({ ...one, dir: env[one.variable] }))
  const wrong = named.find(({ dir }) => !existsSync(join(dir, 'pyproject.toml')))
  return {
    named,
    missing: ORIGINALS.filter(({ variable }) => !env[variable]),
    error:
      wrong &&
      `${wrong.variable} must be a checkout of ${wrong.repository}, which has a pyproject.toml, got ${wrong.dir}`,
  }
}

/**
 * Installs checkouts into a separate directory. This is repeated each time, since a checkout may have changed. It is not part of the
 * virtual environment's path, where the hotcb of the index has the same name. Returns the reason if it fails.
 */
export function installOriginals(python, named, into) {
  rmSync(into, { recursive: true, force: true })
  const flags = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:']
  for (const { name, module, dir } of named) {
    const { status, stderr } = fromCopy(dir, (copy) =>
      spawnSync(python, ['-m', 'pip', 'install', ...flags, '--target', into, copy], { encoding: 'utf8' }),
    )
    if (status !== 0) return `pip cannot install ${name} from ${dir}: ${stderr.trim().split('\n').at(-1)}`
    if (!existsSync(join(into, module))) return `${dir} has no Python package \`${module}\``
  }
  return undefined
}

/** The packages that the dashboard of hotcb 2 needs: its extra `dashboard`, and numpy, which it also imports. */
export const DASHBOARD_PACKAGES = ['fastapi>=0.100', 'uvicorn>=0.20', 'websockets>=11', 'numpy>=1.24']
/** The newest HyperHerd in Python's index. */
export const HYPERHERD_PACKAGES = ['hyperherd==0.1.3']

/** Installs packages of Python's index, once for each interpreter and directory. Returns the reason if it fails. */
export function installPackages(python, packages, into) {
  if (existsSync(join(into, 'complete'))) return undefined
  rmSync(into, { recursive: true, force: true })
  const flags = ['--quiet', '--no-input', '--disable-pip-version-check', '--only-binary', ':all:']
  const pip = spawnSync(python, ['-m', 'pip', 'install', ...flags, '--target', into, ...packages], { encoding: 'utf8' })
  if (pip.status !== 0) return `pip cannot install ${packages[0]}: ${pip.stderr.trim().split('\n').at(-1)}`
  writeFileSync(join(into, 'complete'), '')
  return undefined
}

// pip builds inside the given directory, so a copy leaves the checkout unchanged.
function fromCopy(dir, use) {
  const scratch = mkdtempSync(join(tmpdir(), 'hotcb-original-'))
  try {
    cpSync(dir, scratch, { recursive: true, filter: (path) => basename(path) !== '.git' })
    return use(scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
