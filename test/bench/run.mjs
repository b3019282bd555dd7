// Measures Pail and other tools against a server that does nothing, and prints a table of medians and ratios.
// Usage: npm run build && node test/bench/run.mjs [--rows small,medium,…] [--tools pail,aws,…] [--latency 0,40]
//   [--repeats 3] [--json FILE]; --help tells the rest.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

if (process.features.typescript) await import('./bench.ts')
else {
  const node = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
  const again = [fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  process.exitCode = spawnSync(node, again, { stdio: 'inherit' }).status ?? 1
}
