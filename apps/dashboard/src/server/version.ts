/** Version of the dashboard; `npm run version:packages` writes it. */
export const VERSION = '0.1.0'
