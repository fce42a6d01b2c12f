import type { CliPorts, DemoCommandOptions, ServeOptions } from '@hotcb/cli'

/** Set by the build. */
declare const HOTCB_VERSION: string

/** The parts that the published programs add to the command line. Each part is loaded on demand. */
export const PORTS: CliPorts = {
  version: HOTCB_VERSION,
  runDemo: async (options: DemoCommandOptions) => (await import('@hotcb/demos')).runDemo(options),
  bench: async () => (await import('@hotcb/bench')).benchPort,
  trainings: async () => (await import('@hotcb/demos')).launchTrainings(),
  tokens: () => import('@hotcb/dashboard'),
  startDashboard: async (options: ServeOptions) => (await import('@hotcb/dashboard')).startDashboard(options),
}
