import react from '@vitejs/plugin-react'
import type { UserConfig } from 'electron-vite'
import { defineConfig } from 'electron-vite'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** The entries of the main process: one per composition root. */
const entries = {
  index: path('src-main/index.ts'),
  cli: path('src-main/cli.ts'),
  browser: path('src-main/browser.ts'),
  playground: path('src-main/playground/main.ts'),
  demo: path('src-main/demo.ts'),
}

/**
 * How the system runs the command line. V8 would take as much memory as a large machine has to spare. With this much room
 * for what is young a sync of 5,000 files takes as much CPU as with twice that, and one of 100,000 is 20 MB smaller. It is
 * an option of Node's own documentation; what V8 alone knows is set by the program (see cli/program.ts), for a later Node that
 * does not know an option does not start.
 */
const commandLineRunner = '#!/usr/bin/env -S node --max-semi-space-size=8'

interface ModuleGraph {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null
}

/** Everything that modules import, themselves included, without what they import when they run. */
function reachOf(starts: readonly string[], graph: ModuleGraph): ReadonlySet<string> {
  const reached = new Set<string>()
  const left = [...starts]
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (reached.has(id)) continue
    reached.add(id)
    left.push(...(graph.getModuleInfo(id)?.importedIds ?? []))
  }
  return reached
}

const handlerFiles = readdirSync(path('src-main/backend')).filter((name) => name.endsWith('-handlers.ts'))

/**
 * The chunk of a module of ours. A command is to read few files and small ones: each takes a millisecond, and so do 30 KB of
 * code. `start` is what is read without V8's cache, `base` what the command line needs at once and others need, too, `core`
 * the backend and what several of the most frequent commands need, `shared` what other handlers have in common. The rest
 * comes with the one that needs it.
 */
function createChunkNames(): (id: string, graph: ModuleGraph) => string | null {
  let reaches: Record<string, readonly ReadonlySet<string>[]> | null = null
  const from = (graph: ModuleGraph, ...files: string[]) =>
    files.map((file) => reachOf([path(`src-main/${file}`)], graph))
  return (id, graph) => {
    if (!/[\\/](?:src-main|src-preload)[\\/]/.test(id) || Object.values(entries).includes(id)) return null
    reaches ??= {
      start: from(graph, 'cli.ts'),
      cli: from(graph, 'cli/program.ts'),
      hosts: from(graph, 'index.ts', 'browser.ts', 'demo.ts', 'backend/create-backend.ts'),
      core: from(graph, 'backend/create-backend.ts'),
      sync: from(graph, 'backend/sync-handlers.ts'),
      objects: from(graph, 'backend/object-handlers.ts'),
      transfers: from(graph, 'backend/transfer-handlers.ts'),
      handlers: from(graph, ...handlerFiles.map((name) => `backend/${name}`)),
    }
    const users = (group: string) => reaches?.[group]?.filter((reach) => reach.has(id)).length ?? 0
    if (users('start') > 0) return 'start'
    if (users('cli') > 0) return users('hosts') + users('handlers') > 0 ? 'base' : null
    if (users('core') > 0 || users('sync') + users('objects') + users('transfers') > 1) return 'core'
    const frequent = ['sync', 'objects'].find((name) => users(name) > 0)
    return frequent ?? (users('handlers') > 1 ? 'shared' : null)
  }
}

/**
 * An import of one of Node's modules, made a reading of what is wanted of it. ESM asks such a module for all that it exports,
 * and some of that is loaded only then: with a dozen modules, 20 ms of the 60 that a command takes to start.
 */
function builtinRead(wanted: string, module: string): string {
  const from = `process.getBuiltinModule("${module}")`
  const [, whole, names] = /^(?:(?:\* as )?([\w$]+))?(?:, )?(?:\{(.*)\})?$/s.exec(wanted.trim()) ?? []
  const parts = (names ?? '').split(',').flatMap((part) => {
    const [name = '', local = name] = part.trim().split(/\s+as\s+/)
    return name === '' ? [] : [{ name, local }]
  })
  const isDefault = ({ name }: { name: string }) => name === 'default'
  const wholes = [whole ?? [], parts.filter(isDefault).map(({ local }) => local)].flat()
  const read = parts.filter((part) => !isDefault(part)).map(({ name, local }) => `${name}: ${local}`)
  return [...wholes, ...(read.length > 0 ? [`{ ${read.join(', ')} }`] : [])]
    .map((target) => `const ${target} = ${from};`)
    .join(' ')
}

/** Of all that the main process is made of; see src-main/sync/program-digest.ts. */
function digestOfSources(): string {
  const hash = createHash('sha256')
  for (const folder of ['src-main', 'src-preload'])
    for (const name of readdirSync(path(folder), { recursive: true, encoding: 'utf8' }).toSorted())
      if (name.endsWith('.ts')) hash.update(`${name}\n`).update(readFileSync(path(`${folder}/${name}`)))
  return hash.digest('base64url')
}

const main: UserConfig['main'] = {
  define: { pailSources: JSON.stringify(digestOfSources()) },
  plugins: [
    {
      name: 'pail:builtins',
      renderChunk: (code) =>
        code.replaceAll(
          /^import ([^"'();]+) from "(node:[a-z0-9_/]+)";$/gm,
          (_, wanted: string, module: string) => builtinRead(wanted, module),
        ),
    },
    {
      name: 'pail:runnable-cli',
      writeBundle({ dir }) {
        const cli = `${dir}/cli.js`
        if (existsSync(cli)) chmodSync(cli, 0o755)
      },
    },
  ],
  build: {
    outDir: path('out/main'),
    // Electron 33 runs Node 20.18; everything newer runs more.
    target: 'node20.18',
    // Bundled, so that one dynamic import of the SDK reads a few files instead of two thousand.
    externalizeDeps: false,
    chunkSizeWarningLimit: 4000,
    sourcemap: false,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
      external: ['keytar'],
      output: {
        format: 'es',
        // What V8 has to read is read at each start; names stay, so that a stack says where.
        minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
        entryFileNames: '[name].js',
        // Without a digest: what is cached of a file is then replaced when another Pail has another one there.
        chunkFileNames: 'chunks/[name].js',
        codeSplitting: { groups: [{ name: createChunkNames(), debugName: 'by command' }] },
        banner: (chunk) => (chunk.isEntry && chunk.name === 'cli' ? commandLineRunner : ''),
      },
    },
  },
}

const preload: UserConfig['preload'] = {
  build: {
    outDir: path('out/preload'),
    target: 'node20.18',
    // A sandboxed preload can require nothing but electron, so that everything else is in the one file.
    externalizeDeps: false,
    sourcemap: false,
    rolldownOptions: {
      input: { index: path('src-preload/index.ts') },
      output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
    },
  },
}

const renderer: UserConfig['renderer'] = {
  root: path('src-renderer'),
  plugins: [react()],
  build: {
    outDir: path('out/renderer'),
    target: 'chrome130',
    minify: true,
    chunkSizeWarningLimit: 2000,
    sourcemap: false,
    // The Content-Security-Policy has neither data: nor inline scripts (S6).
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: path('src-renderer/index.html') },
  },
}

/** Three programs: the main process and its siblings, the preload, the screens. */
export default defineConfig({
  main,
  preload,
  ...(existsSync(path('src-renderer/index.html')) ? { renderer } : {}),
})
