import { existsSync } from 'node:fs';
import { createSiteServer, DIST, listen } from './server.mjs';

const FIRST_PORT = Number(process.env.PORT ?? 4173);

if (!existsSync(`${DIST}/index.html`)) {
  console.error('The site is not built yet: run "npm run build", or "npm start", which does both.');
  process.exit(1);
}
const port = await listen(createSiteServer(DIST), FIRST_PORT);
console.log(`\n  Linnet is ready: http://127.0.0.1:${port}/\n\n  Ctrl C stops it.`);
