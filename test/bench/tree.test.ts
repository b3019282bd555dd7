import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { changeTree, pathOf, siteSizes, writeTree } from './tree.ts'

describe('the tree that is sent', () => {
  let root: string
  const options = { files: 120, seed: 5, ...siteSizes }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'pail-tree-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  /** The digest of every file by its path. */
  const contents = async (folder: string) => {
    const found: Record<string, string> = {}
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) {
        const path = join(entry.parentPath, entry.name)
        found[path.slice(folder.length + 1).replaceAll('\\', '/')] = createHash('md5')
          .update(await readFile(path))
          .digest('hex')
      }
    return found
  }

  test('is the same for a seed, and another for another', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => join(root, name)) as [string, string, string]
    const sizes = writeTree(a, options)
    expect(writeTree(b, options)).toEqual(sizes)
    writeTree(c, { ...options, seed: 6 })
    const found = await contents(a)
    expect(await contents(b)).toEqual(found)
    expect(Object.keys(found).sort()).toEqual(Array.from({ length: 120 }, (_, n) => pathOf(n)).sort())
    expect(await contents(c)).not.toEqual(found)
    expect(sizes.every((size) => size >= 1024 && size < 30 * 1024)).toBe(true)
    // Digests of another content would show another generator: then numbers cannot be compared with older ones.
    expect(found[pathOf(0)]).toBe('f9b4064224f2cf431c15bf68bebf23d4')
  })

  test('a smaller tree is the beginning of a larger one', async () => {
    const small = join(root, 'small')
    writeTree(join(root, 'large'), options)
    writeTree(small, { ...options, files: 60 })
    expect(await contents(join(root, 'large'))).toMatchObject(await contents(small))
  })

  test('a share of it changes, each round another and always the same one', async () => {
    const [a, b] = ['a', 'b'].map((name) => join(root, name)) as [string, string]
    writeTree(a, options)
    writeTree(b, options)
    const before = await contents(a)
    const changed = changeTree(a, options, 0.1, 0)
    expect(changed.size).toBe(12)
    const after = await contents(a)
    const differing = Object.keys(before).filter((path) => before[path] !== after[path])
    expect(differing.sort()).toEqual([...changed.keys()].map(pathOf).sort())
    expect([...changeTree(b, options, 0.1, 0)]).toEqual([...changed])
    expect([...changeTree(b, options, 0.1, 1).keys()]).not.toEqual([...changed.keys()])
    expect(changeTree(b, options, 0.001, 2).size).toBe(1)
  })
})
