// A real Grid Engine on this machine: one master, and one execution daemon with 16 slots.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../cluster/free-ports.mjs'
import { hasProgram, installPackages } from '../cluster/packages.mjs'
import { livingPid, sleep, startDaemon, stopDaemon } from '../cluster/processes.mjs'
import { bootstrap, configuration, parallelEnvironment, queue } from './configuration.mjs'

const MARKER = '.made-by-gridengine-up'
const LIB = '/usr/lib/gridengine'
const SHARE = '/usr/share/gridengine'

/** The daemons in the order in which they start. */
export const DAEMONS = ['sge_qmaster', 'sge_execd']

/** Installs missing packages; returns null, or one line with the reason why there is no Grid Engine and how to get one. */
export function installMissing() {
  // The packages need a program that sends mail; this one is the smallest.
  const names = ['gridengine-master', 'gridengine-exec', 'gridengine-client', 'msmtp-mta']
  return installPackages('Grid Engine', () => (['sge_qmaster', 'sge_execd', 'qsub'].every(hasProgram) ? [] : names))
}

/** Opens the cluster in a directory. Its settings are added to the environment of this process. */
export function openCluster(home = process.env.HOTCB_GRIDENGINE_HOME ?? join(tmpdir(), 'hotcb-gridengine')) {
  const settings = () => readSettings(home)
  Object.assign(process.env, settings())
  return {
    home,
    settings,
    up: () => up(home),
    down: () => down(home),
    wipe: () => wipe(home),
    start: (name) => start(home, known(name)),
    stop: (name) => stopDaemon(home, known(name)),
    isUp: () => DAEMONS.every((name) => livingPid(home, name) !== null),
    pidOf: (name) => livingPid(home, known(name)),
  }
}

function known(name) {
  if (!DAEMONS.includes(name)) throw new Error(`unknown daemon \`${name}\`: ${DAEMONS.join(' ')}`)
  return name
}

const settingsPath = (home) => join(home, 'settings.json')

/** The environment of clients; empty before the first `up`. */
function readSettings(home) {
  return existsSync(settingsPath(home)) ? JSON.parse(readFileSync(settingsPath(home), 'utf8')) : {}
}

async function up(home) {
  const isNew = !existsSync(settingsPath(home))
  if (isNew) await create(home)
  Object.assign(process.env, readSettings(home))
  for (const name of DAEMONS) await start(home, name)
  if (isNew) configure(home)
  await hostUp()
}

async function create(home) {
  const common = join(home, 'default/common')
  const dirs = ['run', 'spool/qmaster/job_scripts', 'spool/execd', 'spooldb', 'bin', 'lib', 'utilbin', 'default/common']
  for (const dir of dirs) mkdirSync(join(home, dir), { recursive: true })
  writeFileSync(join(home, MARKER), '')
  const arch = run(`${SHARE}/util/arch`).trim()
  for (const dir of ['bin', 'lib', 'utilbin']) symlinkSync(LIB, join(home, dir, arch))
  symlinkSync(`${SHARE}/util`, join(home, 'util'))
  writeFileSync(join(common, 'act_qmaster'), 'localhost\n')
  writeFileSync(join(common, 'host_aliases'), `localhost ${hostname()}\n`)
  writeFileSync(join(common, 'bootstrap'), bootstrap(home))
  writeFileSync(join(home, 'configuration'), configuration(home))
  const [master, execution] = (await freePorts(2)).map(String)
  const ports = { SGE_QMASTER_PORT: master, SGE_EXECD_PORT: execution }
  Object.assign(process.env, { SGE_ROOT: home, SGE_CELL: 'default', ...ports })
  run(`${LIB}/spoolinit`, 'berkeleydb', 'libspoolb', join(home, 'spooldb'), 'init')
  run(`${LIB}/spooldefaults`, 'configuration', join(home, 'configuration'))
  run(`${LIB}/spooldefaults`, 'complexes', `${SHARE}/util/resources/centry`)
  run(`${LIB}/spooldefaults`, 'usersets', `${SHARE}/util/resources/usersets`)
  run(`${LIB}/spooldefaults`, 'managers', userInfo().username)
  writeFileSync(settingsPath(home), JSON.stringify({ SGE_ROOT: home, SGE_CELL: 'default', ...ports }))
}

/** Starts a daemon. With SGE_ND it stays in the foreground. */
async function start(home, name) {
  const isReady = name === 'sge_qmaster' ? () => answers('qconf', '-sh') : () => true
  await startDaemon(home, name, [`${LIB}/${name}`], { env: { SGE_ND: '1' }, isReady })
}

function configure(home) {
  for (const [option, name, text] of [
    ['-Ap', 'environment', parallelEnvironment],
    ['-Aq', 'queue', queue],
    ['-Msconf', 'scheduler', quickScheduler(run('qconf', '-ssconf'))],
  ]) {
    writeFileSync(join(home, name), text)
    run('qconf', option, join(home, name))
  }
  run('qconf', '-as', 'localhost')
}

/** Shortens the interval of the scheduler, which is 15 seconds by default. */
function quickScheduler(text) {
  const changes = { schedule_interval: '0:0:1', flush_submit_sec: '1', flush_finish_sec: '1' }
  return text.replace(/^(\w+)( +).*$/gm, (line, key, blanks) =>
    changes[key] ? `${key}${blanks}${changes[key]}` : line,
  )
}

async function hostUp() {
  for (let left = 300; left > 0; left--) {
    const { stdout } = spawnSync('qstat', ['-f'], { encoding: 'utf8' })
    if (/^main\.q@\S+ +BP? +\S+ +[\d.]+ +\S+ *$/m.test(stdout ?? '')) return
    await sleep(100)
  }
  throw new Error('the queue is not up after 30 s: `qstat -f` shows it')
}

const answers = (program, ...args) => spawnSync(program, args, { stdio: 'ignore', timeout: 20_000 }).status === 0

function run(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 })
  if (status === 0) return stdout
  throw new Error(`${program}: ${error?.message ?? `${stderr}${stdout}`.trim().split('\n').at(-1)}`)
}

async function down(home) {
  if (livingPid(home, 'sge_qmaster') !== null && answers('qdel', '-f', '-u', '*')) {
    for (let left = 50; left > 0 && run('qstat', '-u', '*') !== ''; left--) await sleep(100)
  }
  for (const name of [...DAEMONS].reverse()) await stopDaemon(home, name)
}

async function wipe(home) {
  await down(home)
  if (!existsSync(join(home, MARKER))) throw new Error(`\`${home}\` was not created by this program`)
  rmSync(home, { recursive: true, force: true })
}
