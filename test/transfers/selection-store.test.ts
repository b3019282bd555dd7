import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSelectionStore } from '../../src-main/transfers/selection-store.ts'

let root: string

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'pail-selection-')))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('createSelectionStore', () => {
  it('keeps the structure of a dropped folder', async () => {
    await mkdir(join(root, 'photos', 'sub'), { recursive: true })
    await writeFile(join(root, 'photos', 'a.jpg'), 'aa')
    await writeFile(join(root, 'photos', 'sub', 'b.jpg'), 'b')
    await writeFile(join(root, 'single.txt'), '')
    const store = createSelectionStore()
    const selection = await store.register([join(root, 'photos'), join(root, 'single.txt')])
    expect(selection).toMatchObject({
      names: ['photos/a.jpg', 'photos/sub/b.jpg', 'single.txt'],
      files: 3,
      sizeBytes: 3,
      problems: [],
    })
    expect(store.get(selection.selectionId)[1]).toMatchObject({
      name: 'photos/sub/b.jpg',
      path: join(root, 'photos', 'sub', 'b.jpg'),
      sizeBytes: 1,
    })
  })

  it('S15 names no path to the outside and refuses forged ids', async () => {
    await writeFile(join(root, 'a'), '')
    const store = createSelectionStore()
    const selection = await store.register([join(root, 'a')])
    expect(JSON.stringify(selection)).not.toContain(root)
    for (const id of ['', 'selection_1', `${selection.selectionId}0`, '../../etc/passwd', '__proto__']) {
      expect(() => store.get(id)).toThrow(
        expect.objectContaining({ error: expect.objectContaining({ code: 'not-found' }) }),
      )
    }
    await expect(store.register(['relative/path'])).rejects.toMatchObject({
      error: { code: 'invalid-argument' },
    })
  })

  it('forgets the oldest selections', async () => {
    await writeFile(join(root, 'a'), '')
    const store = createSelectionStore({ selections: 2, files: 10 })
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.push((await store.register([join(root, 'a')])).selectionId)
    expect(() => store.get(ids[0] ?? '')).toThrow('not at hand')
    expect(store.get(ids[2] ?? '')).toHaveLength(1)
  })

  it('says that there are too many files instead of filling the memory', async () => {
    for (let i = 0; i < 4; i++) await writeFile(join(root, `f${i}`), '')
    const store = createSelectionStore({ selections: 2, files: 3 })
    await expect(store.register([root])).rejects.toMatchObject({ error: { code: 'too-many' } })
  })

  it('reports links and what is gone; S51 leaves secrets in folders out, but not when named', async () => {
    await mkdir(join(root, 'site', '.git'), { recursive: true })
    await writeFile(join(root, 'site', '.env'), 'SECRET=1')
    await writeFile(join(root, 'site', '.git', 'config'), '')
    await writeFile(join(root, 'site', 'index.html'), '')
    await symlink('/etc/passwd', join(root, 'link'))
    const store = createSelectionStore()
    const selection = await store.register([join(root, 'site'), join(root, 'link'), join(root, 'gone')])
    expect(selection.names).toEqual(['site/index.html'])
    expect(selection.problems.map((problem) => problem.name)).toEqual([
      'site/.env',
      'site/.git/',
      'link',
      'gone',
    ])
    expect((await store.register([join(root, 'site', '.env')])).names).toEqual(['.env'])
  })
})
