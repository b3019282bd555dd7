import { expect, test } from 'playwright/test'
import type { HandedOutLink } from './handed-out.ts'
import { notedKinds } from './noted-kinds.ts'

const { PAIL_ELECTRON: electron, PAIL_CHROMIUM: chromium } = process.env

/** A way out and a kind of link. */
type Kind = `${HandedOutLink['way']} ${HandedOutLink['kind']}` | 'several at once'

/** What a window hands out over all its tests, and in how many links at least. */
const everything: Readonly<Partial<Record<Kind, number>>> = {
  'clipboard public': 4,
  'clipboard presigned': 10,
  'clipboard upload': 1,
  'clipboard cloudfront': 2,
  'clipboard custom-domain': 1,
  'qr presigned': 1,
  'qr cloudfront': 1,
  'qr custom-domain': 1,
  'mail presigned': 1,
  'several at once': 2,
}

/** Of the tests that a browser repeats where there is Electron. */
const repeated: typeof everything = {
  'clipboard public': 1,
  'clipboard presigned': 4,
  'clipboard upload': 1,
  'qr presigned': 1,
  'mail presigned': 1,
}

const expected: readonly [string, boolean, typeof everything][] = [
  ['electron', Boolean(electron), { ...everything, 'qr public': 1 }],
  ['browser', Boolean(chromium), electron ? repeated : everything],
]

for (const [project, isHere, wanted] of expected)
  test(`links of every kind were handed out in ${project}, and each was fetched`, async ({}, info) => {
    test.skip(!isHere, `needs ${project === 'electron' ? 'Electron' : 'Chromium'}`)
    const notes = (await notedKinds(info)).filter((note) => note.project === project)
    const counts = new Map<string, number>()
    const add = (kind: Kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1)
    for (const { way, kind, together } of notes) {
      add(`${way} ${kind}`)
      if (together > 1) add('several at once')
    }
    const tooFew = Object.entries(wanted).filter(([kind, least]) => (counts.get(kind) ?? 0) < least)
    expect(tooFew, JSON.stringify([...counts])).toEqual([])
  })
