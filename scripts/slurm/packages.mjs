// What a SLURM on one machine needs, from Debian's packages.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PROGRAMS = {
  slurmctld: ['slurmctld'],
  slurmd: ['slurmd'],
  'slurm-client': ['sbatch', 'squeue', 'sacct', 'scancel', 'scontrol', 'sacctmgr', 'sinfo'],
  slurmdbd: ['slurmdbd'],
  munge: ['munged', 'munge'],
  'mariadb-server-core': ['mariadbd', 'mariadb-install-db'],
  'mariadb-client-core': ['mariadb'],
}
const PLUGINS = {
  'slurm-wlm-basic-plugins': 'select_cons_tres.so',
  'slurm-wlm-mysql-plugin': 'accounting_storage_mysql.so',
}

/** Installs the packages that are missing; returns null, or why there is no SLURM and how to get one. */
export function installMissing() {
  const missing = missingPackages()
  if (missing.length === 0) return null
  const how = `\`apt-get install ${missing.join(' ')}\` on Debian 12`
  if (process.platform !== 'linux') return `SLURM runs on Linux only, not on ${process.platform}`
  if (process.getuid() !== 0) return `missing packages, and only root can install them: ${how}`
  if (!hasProgram('apt-get')) return `missing programs, and there is no \`apt-get\` here: ${how}`
  const tail = aptInstall(missing)
  return missingPackages().length === 0 ? null : `${how} failed: ${tail}`
}

function missingPackages() {
  const folders = existsSync('/usr/lib')
    ? readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'slurm-wlm'))
    : []
  const hasPlugin = (name) => folders.some((folder) => existsSync(join(folder, name)))
  return [
    ...Object.keys(PROGRAMS).filter((name) => !PROGRAMS[name].every(hasProgram)),
    ...Object.keys(PLUGINS).filter((name) => !hasPlugin(PLUGINS[name])),
  ]
}

export function hasProgram(name) {
  const dirs = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']
  return dirs.some((dir) => dir !== '' && existsSync(join(dir, name)))
}

const POLICY = '/usr/sbin/policy-rc.d'

/** The packages start daemons with a configuration of their own unless a policy forbids it. */
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
