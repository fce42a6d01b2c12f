// The Debian packages that SLURM on one machine needs.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasProgram, installPackages } from '../cluster/packages.mjs'

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

/** Installs missing packages; returns null, or one line with the reason why there is no SLURM and how to get one. */
export function installMissing() {
  return installPackages('SLURM', missingPackages)
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
