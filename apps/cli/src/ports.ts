import type { CliPorts, DemoCommandOptions, ServeOptions } from '@hotcb/cli'

/** Put in by the build. */
declare const HOTCB_VERSION: string

/** What the published programs pass to the command line; loaded when it is asked for. */
export const PORTS: CliPorts = {
  version: HOTCB_VERSION,
  runDemo: async (options: DemoCommandOptions) => (await import('@hotcb/demos')).runDemo(options),
  bench: async () => (await import('@hotcb/bench')).benchPort,
  trainings: async () => (await import('@hotcb/demos')).launchTrainings(),
  tokens: () => import('@hotcb/dashboard'),
  startDashboard: async (options: ServeOptions) => (await import('@hotcb/dashboard')).startDashboard(options),
}
