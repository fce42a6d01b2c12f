// Installs Debian packages that a scheduler on one machine needs.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Installs missing packages; returns null, or one line with the reason why that failed and how to get them.
 *
 * @param name The program that needs them.
 * @param missingPackages Returns the names of the missing packages.
 */
export function installPackages(name, missingPackages) {
  const missing = missingPackages()
  if (missing.length === 0) return null
  const how = `\`apt-get install ${missing.join(' ')}\` on Debian 12`
  if (process.platform !== 'linux') return `${name} runs on Linux only, not on ${process.platform}`
  if (process.getuid() !== 0) return `missing packages, and only root can install them: ${how}`
  if (!hasProgram('apt-get')) return `missing programs, and there is no \`apt-get\` here: ${how}`
  const tail = aptInstall(missing)
  return missingPackages().length === 0 ? null : `${how} failed: ${tail}`
}

export function hasProgram(name) {
  const dirs = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  return dirs.some((dir) => dir !== '' && existsSync(join(dir, name)))
}

const POLICY = '/usr/sbin/policy-rc.d'

/** Installs packages under a policy that keeps them from starting their daemons. */
function aptInstall(names) {
  const isOurs = !existsSync(POLICY)
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    const first = apt('install', '-y', '-qq', '--no-install-recommends', ...names)
    if (first.status === 0) return ''
    apt('update', '-qq')
    const { stderr } = apt('install', '-y', '-qq', '--no-install-recommends', ...names)
    return (stderr ?? '').trim().split('\n').at(-1)
  } finally {
    if (isOurs) rmSync(POLICY, { force: true })
  }
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], { encoding: 'utf8', env })
}
