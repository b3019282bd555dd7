import { join } from 'node:path'
import { type CountedRun, type RowContext, checkObjects, forEachTool, newPlace, runCounted } from './row.ts'
import type { Place } from './tool.ts'
import { type TreeOptions, changeTree, pathOf, writeTree } from './tree.ts'

interface Folder {
  readonly path: string
  readonly options: TreeOptions
  /** Bytes by key. */
  readonly expected: Map<string, number>
  rounds: number
}

const share = 0.01
const folders = new Map<string, Folder>()

/**
 * Makes a bucket equal to a folder, then does it again, then once more with 1 % of the files changed. Tools that cannot
 * tell what has changed do the first only.
 */
export async function syncFolders(
  context: RowContext,
  asked: {
    files: number
    sizes: Pick<TreeOptions, 'smallestBytes' | 'largestBytes'>
    name: string
    onlyCold?: boolean
  },
): Promise<void> {
  const { server } = context
  await forEachTool(
    context,
    (tool) => (tool.sync ?? tool.upload) !== undefined,
    async (tool, place, report) => {
      const isScaled =
        tool.isSerial === true && context.latencyMs > 0 && asked.files > context.sizes.serialFiles
      const files = isScaled ? context.sizes.serialFiles : asked.files
      const folder = folderOf(context, { files, ...asked.sizes })
      const command = tool.sync ?? tool.upload
      if (command === undefined) return
      const phase = async (title: string, where: Place, what: Folder, wanted: number) => {
        report[0] = title
        const measured = await runCounted(context, command(where, what.path))
        checkObjects(await server.objects(where.bucket), what.expected)
        // What has no parts is counted by its PUTs.
        const { UploadPart: parts = 0, PutObject: puts = 0 } = measured.counts
        if (parts === 0 && puts !== wanted) throw new Error(`${puts} PUTs instead of ${wanted}`)
        return measured
      }
      const small = isScaled ? folderOf(context, { files: 1, ...asked.sizes }) : null
      const startPlace = small === null ? null : newPlace(context)
      const step = async (title: string, wanted: number, wantedOfOne: number) => {
        const start =
          small === null || startPlace === null ? null : await phase(title, startPlace, small, wantedOfOne)
        const measured = await phase(title, place, folder, wanted)
        context.record({
          ...(start === null ? measured : scaled(start, measured, files, asked.files)),
          phase: title,
          tool: tool.name,
          latencyMs: context.latencyMs,
          items: asked.files,
          scaledFrom: isScaled ? files : null,
        })
      }
      const title = `${asked.files.toLocaleString('en')} ${asked.name}`
      await step(`${title}, cold`, files, 1)
      if (tool.sync === undefined || asked.onlyCold === true) return
      await step(`${title}, no-op`, 0, 0)
      const changed = changeTree(folder.path, folder.options, share, folder.rounds++)
      for (const [index, size] of changed) folder.expected.set(`site/${pathOf(index)}`, size)
      await step(`${title}, 1 % changed`, changed.size, 0)
    },
  )
}

/**
 * What `wanted` files would take, from one file and from `files`: the time to start is not multiplied. Requests stay as
 * they were counted.
 */
function scaled(one: CountedRun, many: CountedRun, files: number, wanted: number): CountedRun {
  const factor = (wanted - 1) / (files - 1)
  const grow = (from: number, to: number) => from + Math.max(0, to - from) * factor
  return {
    ...many,
    seconds: grow(one.seconds, many.seconds),
    cpuSeconds:
      one.cpuSeconds === null || many.cpuSeconds === null ? null : grow(one.cpuSeconds, many.cpuSeconds),
    serverCpuSeconds: grow(one.serverCpuSeconds, many.serverCpuSeconds),
  }
}

/** The folder of these files, written once; what was changed in it stays so. */
function folderOf(context: RowContext, asked: Omit<TreeOptions, 'seed'>): Folder {
  const name = `tree-${asked.files}-${asked.smallestBytes}-${asked.largestBytes}`
  const known = folders.get(name)
  if (known !== undefined) return known
  const options = { ...asked, seed: context.seed }
  const path = join(context.scratch, name)
  const sizes = writeTree(path, options)
  const expected = new Map(sizes.map((size, index) => [`site/${pathOf(index)}`, size]))
  const made = { path, options, expected, rounds: 0 }
  folders.set(name, made)
  return made
}
