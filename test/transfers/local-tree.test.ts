import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import type { TreeFileSystem } from '../../src-main/transfers/local-tree.ts'
import {
  fileSystemAtOnce,
  nodeFileSystem,
  walkLocalTree,
  walkLocalTreeInBatches,
} from '../../src-main/transfers/local-tree.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pail-tree-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function walk(folder = root, options: Parameters<typeof walkLocalTree>[1] = {}) {
  const files: string[] = []
  const problems: Record<string, string> = {}
  for await (const entry of walkLocalTree(folder, options)) {
    if (entry.kind === 'file') files.push(entry.name)
    else problems[entry.name] = entry.reason
  }
  return { files, problems }
}

const scripted = (over: Partial<TreeFileSystem>): TreeFileSystem => ({ ...nodeFileSystem, ...over })

describe('walkLocalTree', () => {
  it('lists files in the order of S3 keys, folders among them', async () => {
    const names = ['a/z.txt', 'a.txt', 'a-b', 'a0', 'B', 'é', '\u{1F600}', '\uFF5E', 'a/b/c', 'empty']
    for (const name of names) {
      await mkdir(join(root, name, '..'), { recursive: true })
      await writeFile(join(root, name), name === 'empty' ? '' : name)
    }
    const { files } = await walk()
    expect(files).toEqual([...names].sort(compareKeys))
    expect(files).toEqual([...names].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y))))
  })

  it('keeps names with spaces, plus, hash, question mark, percent, emoji and newline', async () => {
    const names = ['a b', 'a+b', 'a#b', 'a?b', 'a%20b', '🪣.txt', 'line\nbreak', ' lead', 'back\\slash']
    for (const name of names) await writeFile(join(root, name), '')
    expect((await walk()).files.sort()).toEqual(names.sort())
  })

  it('makes NFC names of NFD ones and keeps the real path', async () => {
    const nfd = 'cafe\u0301.txt'
    await writeFile(join(root, nfd), 'x')
    const found = []
    for await (const entry of walkLocalTree(root)) found.push(entry)
    expect(found).toMatchObject([{ kind: 'file', name: 'caf\u00e9.txt', path: join(root, nfd) }])
  })

  it('reports the second of two spellings of one name, and nothing below it', async () => {
    await mkdir(join(root, 'cafe\u0301'))
    await mkdir(join(root, 'caf\u00e9'))
    await writeFile(join(root, 'cafe\u0301', 'a'), '')
    await writeFile(join(root, 'caf\u00e9', 'b'), '')
    expect(await walk()).toEqual({ files: ['caf\u00e9/b'], problems: { 'caf\u00e9/': 'name-collision' } })
  })

  it('F38 S50 passes over links, loops, FIFOs, sockets and devices, and ends within a second', async () => {
    await writeFile(join(root, 'real'), 'x')
    await symlink('.', join(root, 'loop'))
    await symlink('/etc', join(root, 'outside'))
    await symlink('real', join(root, 'link'))
    await symlink('gone', join(root, 'dangling'))
    execFileSync('mkfifo', [join(root, 'fifo')])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve))
    const started = performance.now()
    const result = await walk()
    const took = performance.now() - started
    server.close()
    expect(result.files).toEqual(['real'])
    expect(result.problems).toEqual({
      loop: 'symlink',
      outside: 'symlink',
      link: 'symlink',
      dangling: 'symlink',
      fifo: 'special-file',
      socket: 'special-file',
    })
    expect(took).toBeLessThan(1000)
  })

  it.each([
    ['with calls that wait', nodeFileSystem],
    ['with calls that block', fileSystemAtOnce],
  ])('reports names that are not UTF-8, and no others, %s', async (_, fileSystem) => {
    await writeFile(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff, 0xfe])]), 'x')
    // As what is not UTF-8 would be read; this one is a name like any other.
    await writeFile(join(root, 'good-\ufffd'), 'x')
    await mkdir(join(root, 'é'))
    await writeFile(join(root, 'é', 'good'), 'x')
    const { files, problems } = await walk(root, { fileSystem })
    expect(files).toEqual(['good-\ufffd', 'é/good'])
    expect(Object.values(problems)).toEqual(['name-not-utf8'])
  })

  it('comes in batches that do not grow with the folder, each name once and in order', async () => {
    const names = Array.from({ length: 700 }, (_, index) => `${index % 3}/${index}`)
    for (const folder of ['0', '1', '2']) await mkdir(join(root, folder))
    for (const name of names) await writeFile(join(root, name), '')
    const lengths: number[] = []
    const found: string[] = []
    for await (const batch of walkLocalTreeInBatches(root)) {
      lengths.push(batch.length)
      found.push(...batch.map(({ name }) => name))
    }
    expect(found).toEqual(names.toSorted(compareKeys))
    expect(lengths).toEqual([256, 256, 188])
  })

  it('F33 reports what cannot be read and goes on', async () => {
    await mkdir(join(root, 'locked'))
    await writeFile(join(root, 'locked', 'inside'), '')
    await writeFile(join(root, 'unstatable'), '')
    await writeFile(join(root, 'z'), '')
    const denied = () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }))
    const base = scripted({})
    const fileSystem = scripted({
      readdir: (path) => (path.endsWith('locked') ? denied() : base.readdir(path)),
      lstat: (path) => (path.toString().endsWith('unstatable') ? denied() : base.lstat(path)),
    })
    expect(await walk(root, { fileSystem })).toEqual({
      files: ['z'],
      problems: { 'locked/': 'unreadable', unstatable: 'unreadable' },
    })
  })

  it('F37 does not list a folder that was replaced by a link between the look and the listing', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'pail-outside-'))
    await writeFile(join(outside, 'secret'), 'x')
    await mkdir(join(root, 'folder'))
    await writeFile(join(root, 'folder', 'mine'), 'x')
    const base = scripted({})
    const fileSystem = scripted({
      async readdir(path) {
        if (path.endsWith('folder')) {
          await rename(join(root, 'folder'), join(root, 'moved'))
          await symlink(outside, join(root, 'folder'))
        }
        return base.readdir(path)
      },
    })
    const result = await walk(root, { fileSystem })
    await rm(outside, { recursive: true })
    expect(result).toEqual({ files: [], problems: { 'folder/': 'unreadable' } })
  })

  it('does not enter an excluded folder', async () => {
    await mkdir(join(root, '.git'))
    await writeFile(join(root, '.git', 'config'), '')
    await writeFile(join(root, 'a'), '')
    const base = scripted({})
    const listed: string[] = []
    const fileSystem = scripted({
      readdir: (path) => {
        listed.push(path)
        return base.readdir(path)
      },
    })
    const exclude = (name: string) => (name === '.git/' ? 'hidden' : null)
    expect(await walk(root, { exclude, fileSystem })).toEqual({
      files: ['a'],
      problems: { '.git/': 'excluded' },
    })
    expect(listed).toEqual([root])
  })

  it('throws for a root that is missing, a file or a link', async () => {
    await writeFile(join(root, 'file'), '')
    await symlink(root, join(root, 'self'))
    for (const name of ['missing', 'file', 'self']) {
      await expect(walk(join(root, name))).rejects.toMatchObject({ error: { code: 'local-missing' } })
    }
  })

  it('stops when it is cancelled', async () => {
    await writeFile(join(root, 'a'), '')
    await expect(walk(root, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      error: { code: 'cancelled' },
    })
  })
})
