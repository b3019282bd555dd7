import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/** Electron as it is here, to be copied and not fetched; null where it has not been fetched. */
export const electronDirectory = [
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '',
  join(root, 'node_modules/electron/dist'),
].find((folder) => folder !== '' && existsSync(folder))

/** A packaged application in a folder of its own, not in an installer. */
export interface PackagedApp {
  readonly program: string
  readonly resources: string
}

/**
 * Packages what is in `out/` as `npm run package` does, with the Electron that is here. Throws with the packager's own
 * words. Linux alone, where the layout is known.
 */
export async function packageApp(directory: string): Promise<PackagedApp> {
  const packager = join(root, 'node_modules/electron-builder/cli.js')
  const options = [
    '--dir',
    `-c.directories.output=${directory}`,
    `-c.electronDist=${electronDirectory ?? ''}`,
  ]
  await promisify(execFile)(process.execPath, [packager, ...options], { cwd: root })
  const folder = join(directory, process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked')
  return { program: join(folder, 'pail'), resources: join(folder, 'resources') }
}

/** What the application says on standard error and how it ends when it is started like this. */
export function start(app: PackagedApp, switches: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stderr } = spawnSync(app.program, ['--no-sandbox', ...switches], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stderr }
}

interface Folder {
  readonly files?: Readonly<Record<string, Folder>>
}

/** The paths of all files in an asar archive: four numbers of 32 bits, then its directory as JSON. */
export async function filesInAsar(path: string): Promise<string[]> {
  const file = await open(path)
  try {
    const { buffer: sizes } = await file.read(Buffer.alloc(16), 0, 16, 0)
    const length = sizes.readUInt32LE(12)
    const { buffer: header } = await file.read(Buffer.alloc(length), 0, length, 16)
    const below = (folder: Folder, prefix: string): string[] =>
      Object.entries(folder.files ?? {}).flatMap(([name, entry]) =>
        entry.files === undefined ? [`${prefix}${name}`] : below(entry, `${prefix}${name}/`),
      )
    return below(JSON.parse(header.toString('utf8')) as Folder, '')
  } finally {
    await file.close()
  }
}

/** Electron's fuses, a `0` or `1` each: behind a mark in its binary stand a version, their number, and they themselves. */
export async function fuseWire(program: string): Promise<string> {
  const binary = await readFile(program)
  const mark = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX')
  const at = binary.indexOf(mark)
  if (at < 0 || binary.indexOf(mark, at + 1) >= 0) throw new Error('The fuses were not found.')
  const [version, count] = binary.subarray(at + mark.length)
  if (version !== 1) throw new Error(`Fuses of version ${version} are not known.`)
  return binary.subarray(at + mark.length + 2).toString('latin1', 0, count)
}
