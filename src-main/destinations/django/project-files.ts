import { lstat, open, readdir } from 'node:fs/promises'
import { constants } from 'node:fs'
import { join, posix } from 'node:path'
import { failure } from '../../../src-preload/contract/failure.ts'
import { pythonText } from './python-source.ts'

/** Larger files are no settings. */
const maxFileBytes = 1024 * 1024
const maxEntries = 20_000
const maxFolderDepth = 6

/** Folders with the files of others, or with none of Python. */
const passedOver = new Set([
  'node_modules',
  'site-packages',
  '__pycache__',
  'migrations',
  'static',
  'staticfiles',
  'media',
  'venv',
  'env',
  'virtualenv',
  'build',
  'dist',
])

/** The text files of a project that settings can be in. Names are relative to its folder, with slashes. */
export interface ProjectFiles {
  /** Every Python file, sorted. */
  readonly python: readonly string[]
  /** Every file called `.env` or `.env.…`, examples aside, those nearest to the top first. */
  readonly environments: readonly string[]
  /** Every `settings.ini`. */
  readonly inis: readonly string[]
  /** The text of one of them; null when there is no such file, or it is too large. */
  read(file: string): Promise<string | null>
  /** The file of a module by its dotted name, as seen from another file; null when the project has none. */
  moduleFile(dotted: string, from: string): Promise<string | null>
  /** The files that were read so far. */
  readonly used: ReadonlySet<string>
}

/**
 * Looks through a project's folder. Symlinks are not followed and virtual environments passed over (S50).
 * Throws `local-missing`, `local-file`, and `too-many` for a folder that is not one project.
 */
export async function findProjectFiles(root: string): Promise<ProjectFiles> {
  const python: string[] = []
  const environments: string[] = []
  const inis: string[] = []
  const used = new Set<string>()
  const texts = new Map<string, string | null>()
  let seen = 0

  async function walk(folder: string, depth: number): Promise<void> {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException
      // A folder that is not ours to read is none of the project's own.
      if (depth > 0 && (code === 'EACCES' || code === 'ENOENT')) return []
      if (code === 'ENOENT' || code === 'ENOTDIR') throw failure('local-missing', 'There is no such folder.')
      throw failure('local-file', `The folder cannot be read (${code}).`)
    })
    if (entries.some(({ name }) => name === 'pyvenv.cfg')) return
    if ((seen += entries.length) > maxEntries)
      throw failure(
        'too-many',
        'This folder holds too much to be one project. Choose the one with manage.py.',
      )
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (depth < maxFolderDepth && !passedOver.has(entry.name) && !entry.name.startsWith('.'))
          await walk(path, depth + 1)
      } else if (entry.isFile()) {
        if (entry.name.endsWith('.py')) python.push(path)
        else if (isEnvironmentFile(entry.name)) environments.push(path)
        else if (entry.name === 'settings.ini') inis.push(path)
      }
    }
  }
  await walk('', 0)
  python.sort()
  const depthOf = (path: string) => path.split('/').length
  environments.sort((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1))
  const known = new Set(python)

  return {
    python,
    environments,
    inis,
    used,
    async read(file) {
      if (!known.has(file) && !environments.includes(file) && !inis.includes(file)) return null
      if (!texts.has(file)) {
        const bytes = await readBytes(join(root, file))
        texts.set(file, bytes === null ? null : known.has(file) ? pythonText(bytes) : bytes.toString('utf8'))
      }
      const text = texts.get(file) ?? null
      if (text !== null) used.add(file)
      return text
    },
    async moduleFile(dotted, from) {
      const path = dotted.replaceAll('.', '/')
      if (path === '') return null
      // Whatever is on Python's path: the project's folder, or any that the asking file is in.
      const folders = ['']
      for (let folder = posix.dirname(from); folder !== '.'; folder = posix.dirname(folder))
        folders.push(folder)
      for (const folder of folders.reverse())
        for (const candidate of [`${path}.py`, `${path}/__init__.py`]) {
          const file = folder === '' ? candidate : `${folder}/${candidate}`
          if (known.has(file)) return file
        }
      return python.find((file) => file.endsWith(`/${path}.py`)) ?? null
    },
  }
}

/** Whether a name is that of a file with environment variables that are in use. */
function isEnvironmentFile(name: string): boolean {
  return /^\.env(\.[\w-]+)*$/.test(name) && !/\.(example|sample|template|dist)$/.test(name)
}

async function readBytes(path: string): Promise<Buffer | null> {
  // Not followed, whatever has been put there since the folder was listed (S52).
  const info = await lstat(path).catch(() => null)
  if (info === null || !info.isFile() || info.size > maxFileBytes) return null
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => null)
  if (file === null) return null
  try {
    return await file.readFile()
  } finally {
    await file.close()
  }
}
