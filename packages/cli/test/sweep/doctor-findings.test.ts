import { chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../surroundings.ts'
import { attemptIn, newSweep, type WrittenSweep, writtenSweep, YAML } from './written.ts'

test('doctor checks config, launcher, executor, journal, driver and trials', async () => {
  const findings = async (sweep: WrittenSweep, env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> => {
    const document: { findings: readonly { name: string; state: string; says: string; remedy?: string }[] } =
      JSON.parse((await sweep.herd('doctor --json', { env })).out)
    const machine = ['node', 'files', 'space', 'clock', 'file system', 'disk space']
    return document.findings
      .filter(({ name }) => !machine.includes(name))
      .map((one) => JSON.stringify(one).replaceAll(sweep.root, 'ROOT'))
  }
  const fresh = newSweep('exit 0')
  const found = [await findings(fresh)]
  chmodSync(join(fresh.root, 'l.sh'), 0o644)
  fresh.file('hyperherd.yaml', `${YAML}executor: slurm\nslurm: {partition: p}\n`)
  found.push(await findings(fresh, { PATH: temporaryDirectory() }))
  fresh.file('hyperherd.yaml', `${YAML}executor: gridengine\n`)
  found.push(await findings(fresh, { PATH: temporaryDirectory() }))
  fresh.file('hyperherd.yaml', `${YAML}local: {gpus: auto, gpus_per_task: 1}\n`)
  const bin = temporaryDirectory()
  symlinkSync('/bin/bash', join(bin, 'bash'))
  found.push(await findings(fresh, { PATH: bin }))
  fresh.file('hyperherd.yaml', `${YAML}executor: slurm\nslurm: {partition: p, ssh: host}\n`)
  found.push(await findings(fresh, { PATH: temporaryDirectory() }))
  fresh.file('hyperherd.yaml', 'name: 3\n')
  found.push(await findings(fresh))
  const due = writtenSweep(YAML, ['x-0', 'x-1'], { type: 'call', trials: [0] }, ...attemptIn(1, 'failed'), {
    type: 'what',
  })
  found.push(await findings(due))
  expect(found).toMatchInlineSnapshot(`
    [
      [
        "{"name":"config","state":"ok","says":"2 trials"}",
        "{"name":"launcher","state":"ok","says":"\`./l.sh\` can be run"}",
        "{"name":"executor","state":"ok","says":"local"}",
        "{"name":"sweep","state":"note","says":"not started","remedy":"start it with \`hotcb sweep run\`"}",
      ],
      [
        "{"name":"config","state":"ok","says":"5 trials"}",
        "{"name":"launcher","state":"problem","says":"the launcher \`./l.sh\` is not executable; run \`chmod +x ./l.sh\`","remedy":"try the launcher with \`hotcb sweep test\`"}",
        "{"name":"executor","state":"problem","says":"slurm: \`sbatch\`, \`squeue\`, \`scancel\` are not installed on this machine","remedy":"run it on a login node of the cluster, or with \`--executor local\`"}",
        "{"name":"controller","state":"problem","says":"\`scontrol\` is not installed here","remedy":"running trials continue; run \`scontrol ping\` to see whether the controller is back"}",
        "{"name":"sweep","state":"note","says":"not started","remedy":"start it with \`hotcb sweep run\`"}",
      ],
      [
        "{"name":"config","state":"problem","says":"hyperherd.yaml:7:11: executor: gridengine needs a \`gridengine\` block, which may be empty: {}","remedy":"edit the file, then check it again with \`herd ls\`"}",
        "{"name":"sweep","state":"note","says":"not started","remedy":"start it with \`hotcb sweep run\`"}",
      ],
      [
        "{"name":"config","state":"ok","says":"5 trials"}",
        "{"name":"launcher","state":"problem","says":"the launcher \`./l.sh\` is not executable; run \`chmod +x ./l.sh\`","remedy":"try the launcher with \`hotcb sweep test\`"}",
        "{"name":"executor","state":"problem","says":"local: \`gpus: auto\` needs \`nvidia-smi\`","remedy":"list the GPUs: \`local: {gpus: [0, 1]}\`"}",
        "{"name":"sweep","state":"note","says":"not started","remedy":"start it with \`hotcb sweep run\`"}",
      ],
      [
        "{"name":"config","state":"ok","says":"5 trials"}",
        "{"name":"launcher","state":"problem","says":"the launcher \`./l.sh\` is not executable; run \`chmod +x ./l.sh\`","remedy":"try the launcher with \`hotcb sweep test\`"}",
        "{"name":"executor","state":"problem","says":"\`ssh\` is not installed on this machine","remedy":"install it, or run herd on a login node"}",
        "{"name":"controller","state":"problem","says":"\`scontrol\` is not installed here","remedy":"running trials continue; run \`scontrol ping\` to see whether the controller is back"}",
        "{"name":"sweep","state":"note","says":"not started","remedy":"start it with \`hotcb sweep run\`"}",
      ],
      [
        "{"name":"config","state":"problem","says":"hyperherd.yaml:1:1: parameters: missing; set it to the parameters to vary","remedy":"edit the file, then check it again with \`herd ls\`"}",
        "{"name":"config","state":"problem","says":"hyperherd.yaml:1:1: launcher: missing; set it to the training script, such as ./launch.sh","remedy":"edit the file, then check it again with \`herd ls\`"}",
        "{"name":"sweep","state":"note","says":"not started","remedy":"start it with \`hotcb sweep run\`"}",
      ],
      [
        "{"name":"config","state":"ok","says":"5 trials"}",
        "{"name":"launcher","state":"ok","says":"\`./l.sh\` can be run"}",
        "{"name":"executor","state":"ok","says":"local"}",
        "{"name":"journal","state":"problem","says":"7 lines, of which 1 were not written by any version of herd","remedy":"restore the file from a backup"}",
        "{"name":"writer","state":"ok","says":"no process is writing now"}",
        "{"name":"driver","state":"problem","says":"trials are running or waiting, but no driver is running","remedy":"\`hotcb sweep run\` or \`hotcb sweep drive\`"}",
        "{"name":"trials","state":"ok","says":"all trials that are running here are in the journal"}",
      ],
    ]
  `)
})
