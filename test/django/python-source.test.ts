import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parsePython } from '../../src-main/destinations/django/python-module.ts'
import { pythonText } from '../../src-main/destinations/django/python-source.ts'
import { installedDjango } from './django-project.ts'
import { runDjango } from './django-process.ts'

/** A source whose `X` is what a text of these bytes is. */
const source = (before: string, bytes: readonly number[]) =>
  Buffer.concat([Buffer.from(before, 'latin1'), Buffer.from('X = "'), Buffer.from(bytes), Buffer.from('"\n')])
const utf8 = [...Buffer.from('größe €')]
const mark = '\u00ef\u00bb\u00bf'

const sources = [
  source('', utf8),
  source('', [0xe9]),
  source(mark, utf8),
  source('# -*- coding: utf-8 -*-\n', utf8),
  source('# coding: latin-1\n', [0xe9, 0x80, 0xff]),
  source('# -*- coding: ISO-8859-1 -*-\n', [0xe9, 0x80]),
  source('#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\n', [0xe9, 0x80]),
  source('# coding=iso-8859-15\n', [0xa4]),
  source('# coding: cp1251\n', [0xe9]),
  source('# coding: koi8-r\n', [0xc9]),
  source('# coding: ascii\n', [0x61]),
  source('# coding: ascii\n', [0xc3, 0xa9]),
  source('# coding: no-such-encoding\n', [0x61]),
  source(`${mark}# coding: latin-1\n`, [0x61]),
  // Not in the first two lines, or after code: not meant.
  source('\n\n# coding: latin-1\n', utf8),
  source('import os\n# coding: latin-1\n', utf8),
  source('X = "# coding: latin-1"\n', utf8),
  source('\n# coding: cp1252\n', [0x80]),
]

test.skipIf(installedDjango === null)(
  'a source is read in the encoding in which Python reads it, or not',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pail-python-source-'))
    try {
      for (const [index, bytes] of sources.entries())
        await writeFile(join(directory, `source-${index}`), bytes)
      const script = `
import json
told = []
for index in range(${sources.length}):
    names = {}
    try:
        exec(compile(open(f'source-{index}', 'rb').read(), 'source', 'exec'), names)
    except SyntaxError:
        pass
    told.append(names.get('X'))
print(json.dumps(told))
`
      await writeFile(join(directory, 'script.py'), script)
      const ended = await runDjango(installedDjango!, ['script.py'], { directory, environment: {} })
      expect(ended.err).toBe('')
      const python = JSON.parse(ended.out) as (string | null)[]
      // A good half of them are sources that Python runs.
      expect(python.filter((each) => each !== null).length).toBeGreaterThan(10)
      expect(sources.map(valueOfX)).toEqual(python)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
)

function valueOfX(bytes: Buffer): unknown {
  const text = pythonText(bytes)
  if (text === null) return null
  const last = parsePython(text).findLast(({ type }) => type === 'assign')
  return last?.type === 'assign' && last.value.type === 'constant' ? last.value.value : undefined
}
