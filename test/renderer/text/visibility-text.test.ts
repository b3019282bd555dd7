import { describe, expect, test } from 'vitest'
import type { VisibilityOutcome } from '../../../src-preload/contract/visibility-plan.ts'
import { contradictionText, visibilityOutcomeText } from '../../../src-renderer/text/visibility-text.ts'
import { visibilityReport } from '../../visibility-report.ts'

type Seen = 'public' | 'private' | 'unknown'

function outcome(
  visibility: 'public' | 'private',
  seen: readonly Seen[],
  more: Partial<VisibilityOutcome> = {},
) {
  const count = (word: Seen) => seen.filter((each) => each === word).length
  return {
    planId: 'p',
    visibility,
    acls: seen.length,
    policyChanged: false,
    failed: [],
    checks: seen.map((each, index) => ({
      key: `media/${index}.jpg`,
      visibility: each,
      status: each === 'public' ? 200 : each === 'private' ? 403 : null,
      checkedAt: '2026-01-01T12:00:00.000Z',
      url: `https://b.example.org/media/${index}.jpg`,
    })),
    counts: { public: count('public'), private: count('private'), unknown: count('unknown'), notChecked: 0 },
    undoable: true,
    ...more,
  } satisfies VisibilityOutcome
}

describe('S45 what a change of visibility came to is what was answered', () => {
  test.each([
    [outcome('public', ['public']), '0.jpg is public now', /^Public, checked .*: 200 to the public\.$/],
    [outcome('public', ['private']), 'Asked for public, but the check says otherwise', /^Private, .*403/],
    [
      outcome('private', ['unknown']),
      'Asked for private, but the check says otherwise',
      /^Unknown, .*no answer/,
    ],
    [outcome('private', ['private', 'private']), '2 objects private now', /2 private/],
    [
      outcome('public', ['public', 'unknown']),
      'Asked for public, but the check says otherwise',
      /1 public, 1 unknown/,
    ],
    [outcome('public', []), '0 objects public now', /no object to ask for/],
  ] as const)('%#', (told, title, body) => {
    const text = visibilityOutcomeText(told)
    expect(text.title).toBe(title)
    expect(text.body).toMatch(body)
  })

  test('a switch of the service that is not as it should be is said first', () => {
    const problem = { code: 'timeout' as const, message: 'Whether it was switched is not known.' }
    const stuck = outcome('public', ['public'], {
      switches: [{ kind: 'bucket-acl', domain: null, from: 'private', to: 'public', problem }],
    })
    expect(visibilityOutcomeText(stuck)).toMatchObject({
      title: 'Asked for public, but the check says otherwise',
      body: expect.stringMatching(/^Whether it was switched is not known\. Public, /) as string,
    })
    expect(visibilityOutcomeText(stuck, true).title).toBe('Not all of it could be undone')
  })

  test('what was not asked for is said, and so is what could not be changed', () => {
    const many = outcome('public', ['public', 'public'])
    expect(visibilityOutcomeText({ ...many, counts: { ...many.counts, notChecked: 10 } })).toEqual({
      title: '12 objects public now',
      body: 'Asked without signing: 2 public, 10 not asked for.',
    })
    const failed = [{ key: 'k', code: 'access-denied' as const, message: 'No.' }]
    expect(visibilityOutcomeText({ ...many, failed }).body).toMatch(/^1 object could not be changed: No\./)
    expect(visibilityOutcomeText(many, true).title).toBe('Undone')
  })
})

describe('what was changed and is not as it was asked for', () => {
  test('is nothing to say where it is', () => {
    expect(contradictionText(visibilityReport({ state: 'done', notAsked: 0 }))).toBeNull()
  })

  test('is named, what everybody can read first, and that not all of it was asked for', () => {
    const sample = Array.from({ length: 7 }, (_, index) => `media/${index}.jpg`)
    const report = visibilityReport({
      state: 'done',
      objects: 20_000,
      chosen: 10_000,
      notAsked: 10_000,
      exposed: { objects: 7, sample },
      blocked: { objects: 1, sample: ['media/z.jpg'] },
    })
    expect(contradictionText(report)).toEqual({
      title: 'Everybody can read 7 files uploaded as private',
      body: `0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg and 2 more. ${(10_000).toLocaleString()} of ${(20_000).toLocaleString()} were asked for without signing. Visitors cannot read 1 file uploaded as public: z.jpg.`,
    })
    const blocked = { ...report, exposed: { objects: 0, sample: [] }, notAsked: 0, cause: 'undo' as const }
    expect(contradictionText(blocked)).toEqual({
      title: 'Visitors cannot read 1 object that is to be public',
      body: 'z.jpg. Asked for without signing.',
    })
  })

  test('is named in what is said of a change of visibility', () => {
    expect(visibilityOutcomeText(outcome('private', ['private', 'public', 'public'])).body).toBe(
      'Asked without signing: 2 public, 1 private. Not private: 1.jpg, 2.jpg.',
    )
  })
})
