// The commands of `slurm-up.mjs` and `gridengine-up.mjs`.

/** Runs the command that the command line names. */
export async function runClusterCommand(program, { cluster, daemons, installMissing }) {
  const [command = 'up', name] = process.argv.slice(2)
  const commands = {
    up: async () => {
      const why = installMissing()
      if (why !== null) {
        console.error(`not run: ${why}`)
        process.exit(77)
      }
      await cluster.up()
      for (const [key, value] of Object.entries(cluster.settings())) console.log(`export ${key}=${value}`)
    },
    down: cluster.down,
    wipe: cluster.wipe,
    start: () => cluster.start(name),
    stop: () => cluster.stop(name),
    status: () => {
      for (const one of daemons) console.log(`${one.padEnd(14)} ${cluster.pidOf(one) ?? 'down'}`)
      process.exitCode = cluster.isUp() ? 0 : 3
    },
  }
  if (!Object.hasOwn(commands, command)) {
    console.error(`unknown command \`${command}\`: ${Object.keys(commands).join(' ')}`)
    process.exit(2)
  }
  try {
    await commands[command]()
  } catch (error) {
    console.error(`${program}: ${error.message}`)
    process.exit(1)
  }
}
