// A real SLURM on this machine: MariaDB, munge, slurmdbd, slurmctld and one slurmd for each node.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../cluster/free-ports.mjs'
import { livingPid, recordedNames, sleep, startDaemon, stopDaemon, stopSteps } from '../cluster/processes.mjs'
import { CLUSTER, cgroupConf, NODES, slurmConf, slurmdbdConf } from './configuration.mjs'

const ACCOUNT = 'trials'
const MARKER = '.made-by-slurm-up'

export const DEFAULT_HOME = process.env.HOTCB_SLURM_HOME ?? join(tmpdir(), 'hotcb-slurm')

/** The daemons in the order in which they start. */
export const DAEMONS = ['mariadbd', 'munged', 'slurmdbd', 'slurmctld', ...NODES.map((node) => `slurmd-${node}`)]

export function openCluster(home = DEFAULT_HOME) {
  process.env.SLURM_CONF = join(home, 'etc/slurm.conf')
  process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`
  const user = userInfo().username
  const sql = (text) =>
    spawnSync('mariadb', ['--no-defaults', `--socket=${home}/run/mariadb.sock`, '-u', 'root'], {
      input: text,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
  return {
    home,
    settings: () => ({ SLURM_CONF: process.env.SLURM_CONF }),
    sql,
    up: () => up(home, user, sql),
    down: () => down(home),
    wipe: () => wipe(home),
    start: (name) => start(home, user, sql, name),
    stop: (name) => stopDaemon(home, known(name)),
    isUp: () => DAEMONS.every((name) => livingPid(home, name) !== null),
    pidOf: (name) => livingPid(home, known(name)),
  }
}

function known(name) {
  if (!DAEMONS.includes(name)) throw new Error(`unknown daemon \`${name}\`: ${DAEMONS.join(' ')}`)
  return name
}

async function up(home, user, sql) {
  // The path of a socket has at most 107 characters.
  if (home.length > 80) throw new Error(`the path of the cluster is too long for sockets: ${home}`)
  for (const name of ['etc', 'run', 'log', 'state/controller', 'spool'])
    mkdirSync(join(home, name), { recursive: true })
  // Jobs of other users read the configuration and use the socket.
  for (const name of ['', 'etc', 'run']) chmodSync(join(home, name), 0o755)
  writeFileSync(join(home, MARKER), '')
  if (recordedNames(home).every((name) => livingPid(home, name) === null)) await configure(home, user)
  for (const name of ['mariadbd', 'munged', 'slurmdbd']) await start(home, user, sql, name)
  register(user)
  await start(home, user, sql, 'slurmctld')
  await Promise.all(NODES.map((node) => start(home, user, sql, `slurmd-${node}`)))
  await nodesUp()
}

async function configure(home, user) {
  const path = join(home, 'ports.json')
  const ports = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : await choosePorts()
  writeFileSync(path, JSON.stringify(ports))
  const facts = { host: hostname().split('.')[0], user, ports }
  writeFileSync(join(home, 'etc/slurm.conf'), slurmConf(home, facts))
  writeFileSync(join(home, 'etc/cgroup.conf'), cgroupConf())
  writeFileSync(join(home, 'etc/plugstack.conf'), '')
  rmSync(join(home, 'etc/slurmdbd.conf'), { force: true })
  writeFileSync(join(home, 'etc/slurmdbd.conf'), slurmdbdConf(home, facts), { mode: 0o600 })
  const key = join(home, 'etc/munge.key')
  if (!existsSync(key)) writeFileSync(key, randomBytes(1024), { mode: 0o400 })
}

async function choosePorts() {
  const [controller, accounting, ...nodes] = await freePorts(NODES.length + 2)
  return { controller, accounting, nodes }
}

const answers = (program, ...args) => spawnSync(program, args, { stdio: 'ignore', timeout: 20_000 }).status === 0

async function start(home, user, sql, name) {
  if (livingPid(home, known(name)) !== null) return
  const run = join(home, 'run')
  if (name === 'mariadbd') {
    makeDatabase(home, user)
    await startDaemon(home, name, mariadbCommand(home, user), { isReady: () => sql('SELECT 1').status === 0 })
    const { status, stderr } = sql(
      "CREATE DATABASE IF NOT EXISTS slurm_acct_db; CREATE USER IF NOT EXISTS slurm@localhost IDENTIFIED BY 'slurm'; GRANT ALL ON slurm_acct_db.* TO slurm@localhost;",
    )
    if (status !== 0) throw new Error(`the accounting database cannot be created: ${stderr.trim()}`)
  } else if (name === 'munged') {
    for (const file of readdirSync(run)) if (file.startsWith('munge.socket')) rmSync(join(run, file), { force: true })
    const files = {
      socket: join(run, 'munge.socket'),
      'key-file': join(home, 'etc/munge.key'),
      'pid-file': join(run, 'munged.pid'),
      'seed-file': join(home, 'state/munge.seed'),
      'log-file': join(home, 'log/munged.log'),
    }
    const args = Object.entries(files).map(([key, path]) => `--${key}=${path}`)
    const isReady = () => answers('munge', '-n', '-S', files.socket)
    await startDaemon(home, name, ['munged', '--foreground', '--num-threads=4', ...args], { isReady })
  } else if (name === 'slurmdbd') {
    // The database has a socket but no port. The client library reads the path of the socket for `localhost` from this variable.
    const env = { MYSQL_UNIX_PORT: join(run, 'mariadb.sock') }
    await startDaemon(home, name, ['slurmdbd', '-D'], {
      env,
      isReady: () => answers('sacctmgr', '-n', 'show', 'cluster'),
    })
  } else if (name === 'slurmctld') {
    await startDaemon(home, name, ['slurmctld', '-D'], { isReady: () => answers('scontrol', 'ping') })
  } else {
    mkdirSync(join(home, 'spool', name.slice(7)), { recursive: true })
    await startDaemon(home, name, ['slurmd', '-D', '-N', name.slice(7)], { isReady: () => true })
  }
}

function makeDatabase(home, user) {
  const dir = join(home, 'state/mariadb')
  if (existsSync(join(dir, 'mysql'))) return
  mkdirSync(dir, { recursive: true })
  const options = ['--no-defaults', `--datadir=${dir}`, `--user=${user}`, '--skip-test-db']
  const { status, stderr } = spawnSync('mariadb-install-db', [...options, '--auth-root-authentication-method=normal'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`mariadb-install-db: ${stderr.trim().split('\n').at(-1)}`)
}

function mariadbCommand(home, user) {
  return [
    'mariadbd',
    '--no-defaults',
    `--user=${user}`,
    `--datadir=${home}/state/mariadb`,
    `--socket=${home}/run/mariadb.sock`,
    `--pid-file=${home}/run/mariadb.pid`,
    `--log-error=${home}/log/mariadbd.log`,
    '--skip-networking',
    '--skip-log-bin',
    '--innodb-buffer-pool-size=256M',
    '--innodb-log-file-size=64M',
    '--innodb-lock-wait-timeout=900',
    '--innodb-flush-log-at-trx-commit=0',
    '--max-allowed-packet=64M',
    '--performance-schema=OFF',
  ]
}

/** Adds the cluster, an account and its users to the accounting if they are missing. */
function register(user) {
  const show = (what, format) => sacctmgr('-n', '-P', 'show', what, `format=${format}`).stdout
  if (!show('cluster', 'cluster').includes(CLUSTER)) sacctmgr('-i', 'add', 'cluster', CLUSTER)
  const known = show('association', 'account,user')
  if (!known.includes(`${ACCOUNT}|`))
    sacctmgr('-i', 'add', 'account', ACCOUNT, 'Description=trials', 'Organization=test', `cluster=${CLUSTER}`)
  for (const name of [user, 'nobody', 'daemon']) {
    if (!known.includes(`${ACCOUNT}|${name}`))
      sacctmgr('-i', 'add', 'user', name, `account=${ACCOUNT}`, `DefaultAccount=${ACCOUNT}`, `cluster=${CLUSTER}`)
  }
}

function sacctmgr(...args) {
  return spawnSync('sacctmgr', ['-Q', ...args], { encoding: 'utf8', timeout: 60_000 })
}

async function nodesUp() {
  for (let left = 300; left > 0; left--) {
    const { stdout } = spawnSync('sinfo', ['-h', '-N', '-o', '%N %T'], { encoding: 'utf8' })
    const states = new Map(stdout.split('\n').map((line) => line.trim().split(' ')))
    const waiting = NODES.filter((node) => !/^(idle|mixed|allocated|completing)$/.test(states.get(node) ?? ''))
    if (waiting.length === 0) return
    for (const node of waiting) {
      if (/^(down|drain)/.test(states.get(node) ?? ''))
        answers('scontrol', 'update', `NodeName=${node}`, 'State=RESUME')
    }
    await sleep(100)
  }
  throw new Error('the nodes are not up after 30 s: `sinfo` shows them')
}

async function down(home) {
  if (livingPid(home, 'slurmctld') !== null && livingPid(home, 'munged') !== null) await cancelAll()
  await stopDaemon(home, 'slurmctld')
  await Promise.all(NODES.map((node) => stopDaemon(home, `slurmd-${node}`)))
  await stopSteps(home)
  for (const name of ['slurmdbd', 'munged', 'mariadbd', ...recordedNames(home)]) await stopDaemon(home, name)
  for (const node of NODES) removeGroups(node)
}

async function cancelAll() {
  const ids = () => [...new Set(list('squeue', '-h', '-o', '%A'))]
  const open = ids()
  if (open.length === 0) return
  answers('scancel', '--quiet', ...open)
  for (let left = 50; left > 0 && ids().length > 0; left--) await sleep(100)
  const rest = ids()
  if (rest.length > 0) answers('scancel', '--quiet', '--full', '--signal=KILL', ...rest)
}

function list(program, ...args) {
  const { stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 })
  return (stdout ?? '').split('\n').filter((line) => line !== '')
}

/** Removes the empty groups that slurmd leaves behind. A group in use cannot be removed. */
function removeGroups(node) {
  for (const controller of ['memory', 'freezer', 'cpuset', 'devices', 'cpuacct']) {
    removeTree(`/sys/fs/cgroup/${controller}/slurm_${node}`)
  }
}

function removeTree(dir) {
  if (!existsSync(dir)) return
  for (const entry of readdirSync(dir, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(dir, entry.name))
  try {
    rmdirSync(dir)
  } catch {
    // A process is still in the group.
  }
}

async function wipe(home) {
  await down(home)
  if (!existsSync(join(home, MARKER))) throw new Error(`\`${home}\` was not created by this program`)
  rmSync(home, { recursive: true, force: true })
}
