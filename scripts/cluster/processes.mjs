// Daemons that outlive the program that starts them. Each is recorded by its pid and start time, so that a pid that was
// reused is never signalled.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** State and start time of a process; null if there is none. */
function processStat(pid) {
  try {
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
    return { state, start: fields[18] }
  } catch {
    return null
  }
}

/** The pid of a recorded daemon that is running; null for any other. */
export function livingPid(home, name) {
  let recorded = ''
  try {
    recorded = readFileSync(join(home, 'run', `${name}.pid-start`), 'utf8')
  } catch {
    return null
  }
  const [pid, start] = recorded.split(' ')
  const stat = processStat(pid)
  return stat !== null && stat.start === start && stat.state !== 'Z' ? Number(pid) : null
}

export function recordedNames(home) {
  const suffix = '.pid-start'
  try {
    return readdirSync(join(home, 'run')).flatMap((name) =>
      name.endsWith(suffix) ? [name.slice(0, -suffix.length)] : [],
    )
  } catch {
    return []
  }
}

/** Starts a daemon in its own session. `isReady` is called until it returns true. */
export async function startDaemon(home, name, [program, ...args], { env = {}, isReady }) {
  if (livingPid(home, name) !== null) return
  mkdirSync(join(home, 'log'), { recursive: true })
  const log = openSync(join(home, 'log', `${name}.out`), 'a')
  const child = spawn(program, args, {
    cwd: join(home, 'log'),
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
  })
  closeSync(log)
  let failure = null
  child.on('error', (error) => {
    failure = error.message
  })
  child.unref()
  const start = child.pid === undefined ? '' : processStat(child.pid)?.start
  writeFileSync(join(home, 'run', `${name}.pid-start`), `${child.pid} ${start}`)
  for (let left = 600; left > 0; left--) {
    await sleep(50)
    if (failure !== null || livingPid(home, name) === null) {
      throw new Error(`${name} ended while it started: ${failure ?? logTail(home, name)}`)
    }
    if (await isReady()) return
  }
  throw new Error(`${name} is not ready after 30 s: ${logTail(home, name)}`)
}

function logTail(home, name) {
  const texts = [`${name}.out`, `${name}.log`].map((file) => {
    try {
      return readFileSync(join(home, 'log', file), 'utf8')
    } catch {
      return ''
    }
  })
  return texts.join('\n').trim().split('\n').slice(-5).join(' / ')
}

/** Ends a daemon: TERM first, and KILL after `seconds`. */
export async function stopDaemon(home, name, seconds = 15) {
  const pid = livingPid(home, name)
  if (pid !== null) {
    signal(pid, 'SIGTERM')
    for (let left = seconds * 20; left > 0 && livingPid(home, name) !== null; left--) await sleep(50)
    if (livingPid(home, name) !== null) signal(pid, 'SIGKILL')
  }
  rmSync(join(home, 'run', `${name}.pid-start`), { force: true })
}

/** Ends the slurmstepd processes of this cluster. They detach from their slurmd on purpose, so they are not recorded. */
export async function stopSteps(home) {
  for (const how of ['SIGTERM', 'SIGKILL']) {
    for (const pid of stepPids(home)) signal(pid, how)
    for (let left = 20; left > 0 && stepPids(home).length > 0; left--) await sleep(100)
  }
}

function stepPids(home) {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isStepOf(home, pid))
}

function isStepOf(home, pid) {
  try {
    if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('slurmstepd')) return false
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`).startsWith(`${home}/`))
  } catch {
    return false
  }
}

function linkOf(path) {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function signal(pid, how) {
  try {
    process.kill(Number(pid), how)
  } catch {
    // It has ended in the meantime.
  }
}
