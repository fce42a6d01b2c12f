/** The version of the dashboard; `npm run version:packages` updates it. */
export const VERSION = '0.1.0'
