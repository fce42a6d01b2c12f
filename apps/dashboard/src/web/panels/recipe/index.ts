import { lazyPanel } from '../lazy-panel.tsx'
import type { Panel } from '../panel.ts'

/** The changes of the run as a recipe, or another recipe of its directory, to edit, preview, save and schedule. */
export const recipe: Panel = {
  name: 'recipe',
  title: 'Recipe',
  placement: 'tab',
  streams: ['state'],
  Content: lazyPanel(async () => (await import('./recipe-panel.tsx')).RecipePanel),
}
