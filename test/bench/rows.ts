import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PresignReport } from './presign-links.ts'
import { type Row, type RowContext, checkObjects, forEachTool, runCounted } from './row.ts'
import { syncFolders } from './sync-rows.ts'
import { noise, pathOf, randomNumbers, siteSizes } from './tree.ts'

/** Each row by the name under which it is asked for. */
export const rows: Readonly<Record<string, Row>> = {
  small: {
    title: 'a site of small files: cold, no-op, 1 % changed',
    run: (context) => syncFolders(context, { files: context.sizes.files, sizes: siteSizes, name: 'files' }),
  },
  medium: {
    title: 'files of 5 MiB',
    run: (context) => {
      const { mediumFiles: files, mediumBytes } = context.sizes
      const sizes = { smallestBytes: mediumBytes, largestBytes: mediumBytes + 1 }
      return syncFolders(context, { files, sizes, name: `× ${mediumBytes / 1024 ** 2} MiB`, onlyCold: true })
    },
  },
  large: { title: 'one file of 1 GiB', run: putLarge },
  get: { title: 'fetching one file of 1 GiB', run: getLarge },
  list: { title: 'listing 100,000 keys', run: listKeys },
  presign: { title: 'presigning 10,000 links', isOffline: true, run: presignLinks },
  many: {
    title: 'a site of 100,000 small files: cold, no-op, 1 % changed',
    run: (context) =>
      syncFolders(context, {
        files: context.sizes.manyFiles,
        sizes: { smallestBytes: 1024, largestBytes: 4096 },
        name: 'files',
      }),
  },
}

async function putLarge(context: RowContext): Promise<void> {
  const { largeBytes } = context.sizes
  const folder = join(context.scratch, 'large')
  mkdirSync(folder, { recursive: true })
  const block = noise(Math.min(16 * 1024 * 1024, largeBytes), randomNumbers(context.seed))
  const file = join(folder, 'film.bin')
  writeFileSync(file, '')
  for (let left = largeBytes; left > 0; left -= block.length)
    writeFileSync(file, block.subarray(0, left), { flag: 'a' })
  const title = `1 × ${(largeBytes / 1024 ** 2).toLocaleString('en')} MiB`
  await forEachTool(
    context,
    (tool) => tool.put !== undefined,
    async (tool, place, report) => {
      if (tool.put === undefined) return
      report[0] = title
      const measured = await runCounted(context, tool.put(place, folder, 'film.bin'))
      checkObjects(await context.server.objects(place.bucket), new Map([['site/film.bin', largeBytes]]))
      context.record({
        ...measured,
        phase: title,
        tool: tool.name,
        latencyMs: context.latencyMs,
        items: 1,
        scaledFrom: null,
      })
    },
  )
}

/** Of the object that is fetched, as Pail and many others send it. */
const partSizeBytes = 8 * 1024 * 1024

async function getLarge(context: RowContext): Promise<void> {
  const { largeBytes } = context.sizes
  const title = `get 1 × ${(largeBytes / 1024 ** 2).toLocaleString('en')} MiB`
  await forEachTool(
    context,
    (tool) => tool.get !== undefined,
    async (tool, place, report) => {
      if (tool.get === undefined) return
      report[0] = title
      await context.server.fill(place.bucket, [['site/film.bin', largeBytes]], partSizeBytes)
      const folder = join(context.scratch, `got-${place.bucket}`)
      mkdirSync(folder)
      try {
        const measured = await runCounted(context, tool.get(place, 'film.bin', folder))
        const { size } = statSync(join(folder, 'film.bin'))
        if (size !== largeBytes) throw new Error(`${size} bytes instead of ${largeBytes}`)
        context.record({
          ...measured,
          phase: title,
          tool: tool.name,
          latencyMs: context.latencyMs,
          items: 1,
          scaledFrom: null,
        })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )
}

async function listKeys(context: RowContext): Promise<void> {
  const { listedKeys } = context.sizes
  const title = `listing ${listedKeys.toLocaleString('en')} keys`
  const output = join(context.scratch, 'listed')
  const keys = Array.from({ length: listedKeys }, (_, index) => [pathOf(index), 1000] as const)
  await forEachTool(
    context,
    (tool) => tool.list !== undefined,
    async (tool, place, report) => {
      if (tool.list === undefined) return
      report[0] = title
      await context.server.fill(place.bucket, keys)
      const measured = await runCounted(context, tool.list(place), output)
      const lines = readFileSync(output, 'utf8').split('\n').filter(Boolean)
      const told = new Set(lines.map((line) => /section-\d+\/\S+/.exec(line)?.[0]))
      if (lines.length !== listedKeys || !keys.every(([key]) => told.has(key)))
        throw new Error(`${lines.length} lines with ${told.size} keys instead of ${listedKeys}`)
      context.record({
        ...measured,
        phase: title,
        tool: tool.name,
        latencyMs: context.latencyMs,
        items: listedKeys,
        scaledFrom: null,
      })
    },
  )
}

async function presignLinks(context: RowContext): Promise<void> {
  const { links } = context.sizes
  const title = `presigning ${links.toLocaleString('en')} links`
  const output = join(context.scratch, 'presigned')
  await forEachTool(
    context,
    (tool) => tool.presign !== undefined,
    async (tool, place, report) => {
      if (tool.presign === undefined) return
      report[0] = title
      const measured = await runCounted(context, tool.presign(place, links), output)
      const { seconds, cpuSeconds, distinct } = JSON.parse(readFileSync(output, 'utf8')) as PresignReport
      if (distinct !== links) throw new Error(`${distinct} links instead of ${links}`)
      context.record({
        ...measured,
        seconds,
        cpuSeconds,
        phase: title,
        tool: tool.name,
        latencyMs: context.latencyMs,
        items: links,
        scaledFrom: null,
      })
    },
  )
}
