import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cephDifferences } from './differences.ts'

test('every difference of the table is asserted by a spec', async () => {
  const folder = import.meta.dirname
  const specs = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'))
  const texts = await Promise.all(specs.map((name) => readFile(join(folder, name), 'utf8')))
  const named = new Set(
    texts.flatMap((text) => [...text.matchAll(/differs\('ceph', '([^']+)'\)/g)].map(([, name]) => name)),
  )
  expect(named).toEqual(new Set(Object.keys(cephDifferences)))
})
