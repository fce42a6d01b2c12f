import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { removeDirectory } from '../../../test/remove-directory.ts'

/** A cluster with one node: `sbatch` runs all tasks immediately; `accounts` is the output of `sacct`. */
const PROGRAMS: Readonly<Record<string, string>> = {
  sbatch: `
job=$((7000 + $(cat "$FAKE/calls" 2>/dev/null | grep -c ^sbatch)))
echo "sbatch $*" >> "$FAKE/calls"
[ -e "$FAKE/refuses" ] && { echo "sbatch: error: invalid partition specified: p" >&2; exit 1; }
script=\${!#}
for task in $(grep -o -- '--array=[0-9,-]*' "$script" | cut -d= -f2 | tr , ' '); do
  for one in $(seq "\${task%-*}" "\${task#*-}"); do
    [ -e "$FAKE/holds" ] || SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$one SLURM_JOB_ID=$job SLURMD_NODENAME=n1 bash "$script" > /dev/null 2>&1
  done
done
[ -e "$FAKE/loses" ] && { echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1; }
echo $job`,
  squeue:
    '[ -e "$FAKE/down" ] && { echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1; }; cat "$FAKE/queue" 2>/dev/null; exit 0',
  sacct:
    '[ -e "$FAKE/unaccounted" ] && { echo "Slurm accounting storage is disabled" >&2; exit 1; }; cat "$FAKE/accounts" 2>/dev/null; exit 0',
  scancel: 'echo "scancel $*" >> "$FAKE/calls"',
  scontrol: 'echo "scontrol $*" >> "$FAKE/calls"; cat "$FAKE/shown-$2" 2>/dev/null || echo "MaxArraySize = 1001"',
}

/** A directory with a sweep of two trials, on a cluster whose stand-in programs come first on the PATH. */
export interface StandInCluster {
  readonly root: string
  remove(): void
}

/** @param name The name of the directory. */
export function startCluster(name = 'sweep'): StandInCluster {
  const outer = process.env['PATH'] ?? ''
  const outside = mkdtempSync(join(tmpdir(), 'sweep-slurm-'))
  const root = join(outside, name)
  mkdirSync(root)
  const bin = join(root, 'bin')
  mkdirSync(bin)
  const write = (path: string, text: string): void => {
    writeFileSync(path, text)
    chmodSync(path, 0o755)
  }
  for (const [name, text] of Object.entries(PROGRAMS)) write(join(bin, name), `#!/bin/bash\n${text}\n`)
  process.env['PATH'] = `${bin}${delimiter}${outer}`
  process.env['FAKE'] = root
  const config =
    'name: t\ngrid: all\nlauncher: ./l.sh\nslurm: {partition: p}\nparameters:\n  x: {type: discrete, values: [1, 2]}\n'
  writeFileSync(join(root, 'hyperherd.yaml'), config)
  write(join(root, 'l.sh'), '#!/bin/bash\necho "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT $1" >> ran\n')
  return {
    root,
    remove() {
      process.env['PATH'] = outer
      delete process.env['FAKE']
      removeDirectory(outside)
    },
  }
}
