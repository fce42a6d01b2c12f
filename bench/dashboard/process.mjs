// The benchmark's processes, and their resource usage.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Starts a dashboard; `kind` is `dir` or `root`. */
export function serve(kind, place) {
  return start('serve.mjs', kind, place)
}

/** Starts the relay, which only passes on the values of one metric in a file. */
export function relay(path, pollMs) {
  return start('relay.mjs', path, String(pollMs))
}

/** Starts `hotcb serve`, as people do, so it also runs a notifier. */
export async function serveWithNotifier(place) {
  const site = await start('../../apps/cli/bin/hotcb.js', 'serve', '--root', place, '--port', '0')
  // Its only child, which it starts after it has printed its address.
  let pid = 0
  while (pid === 0) {
    await new Promise((done) => setTimeout(done, 100))
    pid = Number(readFileSync(`/proc/${site.pid}/task/${site.pid}/children`, 'utf8').trim().split(' ')[0])
  }
  const notifier = {
    cpuSeconds: () => cpuSeconds(pid),
    memoryMiB: () => memoryMiB(pid),
    peakMiB: () => memoryMiB(pid, 'VmHWM'),
  }
  return {
    ...site,
    notifier,
    /** Resolves when both have used little CPU time for a while. */
    async settled() {
      for (let calm = 0; calm < 3; ) {
        const before = site.cpuSeconds() + notifier.cpuSeconds()
        await new Promise((done) => setTimeout(done, 2000))
        calm = site.cpuSeconds() + notifier.cpuSeconds() - before < 0.6 ? calm + 1 : 0
      }
    },
  }
}

async function start(program, ...options) {
  const child = spawn(process.execPath, [here(program), ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await new Promise((done, fail) => {
    let text = ''
    child.stdout.on('data', (data) => {
      text += data
      if (text.includes('\n')) done(text.split('\n')[0])
    })
    child.once('exit', (code) => fail(new Error(`${program} ended with ${code}`)))
  })
  return {
    url,
    pid: child.pid,
    cpuSeconds: () => cpuSeconds(child.pid),
    memoryMiB: () => memoryMiB(child.pid),
    peakMiB: () => memoryMiB(child.pid, 'VmHWM'),
    stop: () =>
      new Promise((done) => {
        child.once('exit', done)
        child.kill('SIGTERM')
      }),
  }
}

/** Writes metric lines for some seconds. */
export function write(path, perSecond, seconds) {
  const child = spawn(process.execPath, [here('writer.mjs'), path, String(perSecond), String(seconds)], {
    stdio: 'inherit',
  })
  return new Promise((done) => child.once('exit', done))
}

/** The value below which a fraction of the sorted values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function memoryMiB(pid, field = 'VmRSS') {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${field}:\\s+(\\d+)`))
  return Math.round(Number(line?.[1] ?? 0) / 1024)
}
