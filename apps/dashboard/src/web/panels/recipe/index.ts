import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** Edits, previews, saves and schedules the run's changes as a recipe, or another recipe in its directory. */
export const recipe: Panel = {
  name: 'recipe',
  title: 'Recipe',
  placement: 'tab',
  streams: ['state'],
  Content: lazyPanel(async () => (await import('./recipe-panel.tsx')).RecipePanel),
}
