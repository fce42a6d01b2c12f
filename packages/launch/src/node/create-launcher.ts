import type { Launcher } from '../launcher.ts'
import { launch } from './launch.ts'
import { type LauncherPlaces, launcherOf } from './launcher-of.ts'

/** Opens a launcher for a dashboard that serves runs. */
export function openLauncher(places: LauncherPlaces): Launcher {
  return launcherOf(places, launch)
}
