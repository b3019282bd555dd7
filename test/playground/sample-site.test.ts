import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { installSampleSite } from '../../src-main/playground/sample-site.ts'

const source = join(import.meta.dirname, '../../resources/sample-site')

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
}

describe('the sample site', () => {
  let target = ''
  beforeEach(async () => {
    target = await mkdtemp(join(tmpdir(), 'pail-site-'))
  })
  afterEach(() => rm(target, { recursive: true }))

  test('is what collectstatic leaves: a manifest whose hashes fit, odd names, real pictures', async () => {
    const files = await filesOf(source)
    expect(files.length).toBeGreaterThanOrEqual(15)
    expect(files.length).toBeLessThanOrEqual(25)
    expect(files.some((name) => name.includes(' '))).toBe(true)
    expect(files.some((name) => /[^ -~]/.test(name))).toBe(true)
    const { paths } = JSON.parse(await readFile(join(source, 'staticfiles.json'), 'utf8')) as {
      paths: Record<string, string>
    }
    expect(Object.keys(paths).length).toBeGreaterThan(0)
    for (const [plain, hashed] of Object.entries(paths)) {
      const content = await readFile(join(source, hashed))
      expect(content.equals(await readFile(join(source, plain)))).toBe(true)
      expect(hashed).toContain(createHash('md5').update(content).digest('hex').slice(0, 12))
    }
    for (const name of files.filter((file) => file.endsWith('.png')))
      expect((await readFile(join(source, name))).subarray(0, 8).toString('latin1')).toBe(
        '\u0089PNG\r\n\u001a\n',
      )
  })

  test('every page links only to what is there', async () => {
    const files = new Set(await filesOf(source))
    for (const page of [...files].filter((name) => name.endsWith('.html'))) {
      const html = await readFile(join(source, page), 'utf8')
      const links = [...html.matchAll(/(?:href|src)="([^":]+)"/g)].map(([, link]) =>
        decodeURIComponent(link ?? ''),
      )
      expect(links.length).toBeGreaterThan(3)
      for (const link of links) expect([page, link, files.has(link)]).toEqual([page, link, true])
    }
  })

  test('is copied whole, and what a person changed is left alone', async () => {
    await installSampleSite(target, source)
    expect(new Set(await filesOf(target))).toEqual(new Set(await filesOf(source)))
    await writeFile(join(target, 'index.html'), 'mine')
    await rm(join(target, 'about.html'))
    await installSampleSite(target, source)
    expect(await readFile(join(target, 'index.html'), 'utf8')).toBe('mine')
    expect(await readFile(join(target, 'about.html'))).toEqual(await readFile(join(source, 'about.html')))
  })

  test('a source that is missing is an error', async () => {
    await expect(installSampleSite(target, join(source, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
