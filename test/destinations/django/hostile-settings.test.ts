import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readDjangoProject } from '../../../src-main/destinations/django/read-project.ts'

const many = 100_000

/** Settings that would overflow the stack, fill the memory or take minutes. */
const hostile: Readonly<Record<string, string>> = {
  'signs without an end': `X = ${'-'.repeat(many)}1`,
  'negations without an end': `X = ${'not '.repeat(many)}1`,
  'powers without an end': `X = ${'2**'.repeat(many)}1`,
  'a sum of many parts': `X = ${'1+'.repeat(many)}1`,
  'attributes of attributes': `X = a${'.b'.repeat(many)}`,
  'calls of calls': `X = a${'()'.repeat(many)}`,
  'brackets without an end': `X = ${'('.repeat(many)}`,
  'a list that doubles': `X = [1, 2]\n${'X = X + X\n'.repeat(60)}`,
  'a path that doubles': `import os\nX = "ab"\n${'X = os.path.join(X, X)\n'.repeat(60)}`,
  'a text that grows by itself': `X = "aa"\n${'X = X.replace("a", X)\n'.repeat(60)}`,
  'a large dict': `X = {${Array.from({ length: 40_000 }, (_, n) => `"k${n}": ${n}`).join(', ')}}`,
}

let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pail-hostile-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

test.each(Object.entries(hostile))('%s leave the rest of the settings to be read', async (name, text) => {
  const folder = join(root, name.replaceAll(' ', '-'))
  await mkdir(join(folder, 'site_x'), { recursive: true })
  await writeFile(
    join(folder, 'site_x/settings.py'),
    `${text}\nAWS_STORAGE_BUCKET_NAME = "assets"
STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}
`,
  )
  const { destinations } = await readDjangoProject(folder, 'hostile', { settings: null, answers: {} })
  const expected = text.endsWith('(') ? [] : ['assets']
  expect(destinations.map(({ destination }) => destination.bucket)).toEqual(expected)
})
