// `npm run test:python`: tests our programs and the Python originals on the same directories.
//
// The exit code is 0 if everything was run and passed, and 1 if something failed. It is 77, like that of skipped tests under
// automake, if everything that was run passed but something could not be run.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  DASHBOARD_PACKAGES,
  findOriginals,
  HYPERHERD_PACKAGES,
  installOriginals,
  installPackages,
} from './python-originals.mjs'
import { setUp } from './set-up.mjs'

const NOT_RUN = 77
const REQUIREMENTS = 'test/python/requirements.txt'

const originals = findOriginals()
if (originals.error !== undefined) {
  console.error(originals.error)
  process.exit(1)
}
setUp()
const system = process.env.HOTCB_PYTHON ?? 'python3'
const version = versionOf(system)
if (version === undefined) {
  notRun('every test against Python', `\`${system}\` is missing, or older than 3.9`, [
    'install Python 3.9 or later with venv (Debian: apt-get install python3 python3-venv),',
    'or name an interpreter in HOTCB_PYTHON, and run `npm run test:python` again',
  ])
  process.exit(NOT_RUN)
}

const { python, trouble, originalsDir, originalsTrouble, dashboardDir, dashboardTrouble, herdDir, herdTrouble } =
  installed(version)
const args = ['vitest', 'run', '--config', 'vitest.python.config.ts', ...process.argv.slice(2)]
if (trouble !== undefined) args.push('--project=!published')
const { status } = spawnSync('npx', args, {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: {
    ...process.env,
    HOTCB_PYTHON: python,
    HOTCB_PYTHON_ORIGINALS: originalsDir ?? '',
    HOTCB_PYTHON_DASHBOARD: dashboardDir ?? '',
    HOTCB_PYTHON_HYPERHERD: herdDir ?? '',
  },
})
if (status !== 0) process.exit(status ?? 1)
if (trouble !== undefined) {
  notRun('the tests against the published hotcb', trouble, [
    `pip must be able to install the packages in ${REQUIREMENTS}; then run \`npm run test:python\` again`,
  ])
}
if (originalsTrouble !== undefined) {
  notRun('the tests against the originals', originalsTrouble, [
    'pip must be able to build them, which needs setuptools; then run `npm run test:python` again',
  ])
}
if (dashboardTrouble !== undefined) {
  notRun('the tests against the dashboard of hotcb 2', dashboardTrouble, [
    'pip must be able to install it; then run `npm run test:python` again',
  ])
}
if (herdTrouble !== undefined) {
  notRun('the tests against HyperHerd', herdTrouble, [
    'pip must be able to install it; then run `npm run test:python` again',
  ])
}
if (originals.missing.length > 0) {
  const names = originals.missing.map(({ name, variable }) => `${name} (${variable} is not set)`)
  console.error(
    `not tried: the original ${names.join(' and ')}; the tests ran against what its documentation describes`,
  )
}
if ([trouble, originalsTrouble, dashboardTrouble, herdTrouble].some((one) => one !== undefined)) process.exit(NOT_RUN)

function versionOf(command) {
  const { status, stdout } = spawnSync(command, [
    '-c',
    'import sys; print(sys.version); sys.exit(sys.version_info < (3, 9))',
  ])
  return status === 0 ? String(stdout) : undefined
}

// The environment is kept next to the packages, one for each interpreter and list of requirements.
function installed(version) {
  const name = createHash('sha256').update(version).update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16)
  const made = resolve('node_modules/.cache/hotcb-python', name)
  const python = resolve(made, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const trouble = existsSync(`${made}/complete`) ? undefined : make(made, python)
  // Without an environment, there is no pip to install the originals.
  if (trouble !== undefined) {
    const originalsTrouble = originals.named.length > 0 ? trouble : undefined
    return { python: system, trouble, originalsTrouble, herdTrouble: trouble }
  }
  const herdDir = `${made}/${HYPERHERD_PACKAGES.join('-')}`
  const herdTrouble = installPackages(python, HYPERHERD_PACKAGES, herdDir)
  const herd = herdTrouble === undefined ? { herdDir } : { herdTrouble }
  return { python, ...herd, ...installedOriginals(python, made) }
}

function installedOriginals(python, made) {
  if (originals.named.length === 0) return {}
  const originalsDir = `${made}/originals`
  const originalsTrouble = installOriginals(python, originals.named, originalsDir)
  if (originalsTrouble !== undefined) return { originalsTrouble }
  if (!existsSync(`${originalsDir}/hotcb`)) return { originalsDir }
  const dashboardDir = `${made}/dashboard`
  const dashboardTrouble = installPackages(python, DASHBOARD_PACKAGES, dashboardDir)
  return dashboardTrouble === undefined ? { originalsDir, dashboardDir } : { originalsDir, dashboardTrouble }
}

function make(made, python) {
  rmSync(made, { recursive: true, force: true })
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--only-binary', ':all:']
  for (const [command, ...rest] of [
    [system, '-m', 'venv', made],
    [python, ...pip, '--requirement', REQUIREMENTS],
    [python, '-c', `open(${JSON.stringify(`${made}/complete`)}, 'w')`],
  ]) {
    const { status, stdout, stderr } = spawnSync(command, rest)
    if (status === 0) continue
    const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').at(-1)
    return `\`python ${rest.slice(0, 3).join(' ')}\` failed: ${said}`
  }
  return undefined
}

function notRun(what, why, how) {
  console.error(`not run: ${what}: ${why}`)
  for (const line of how) console.error(`  ${line}`)
}
