import { expect, test } from 'vitest'
import type { DjangoProject } from '../../../src-preload/contract/django.ts'
import type { Profile } from '../../../src-preload/contract/profile.ts'
import {
  askedAnswers,
  destinationFormProblems,
  formOfProject,
  missingVariables,
  openFacts,
  savesOf,
  withoutSaved,
} from '../../../src-renderer/stores/django-form.ts'
import { sampleDjangoProject } from '../memory-django.ts'
import { mediaDestination } from '../sample-destination.ts'

const [service] = sampleDjangoProject.profiles
const [known] = sampleDjangoProject.destinations
const profile = (id: string, region: string): Profile => ({
  ...service!,
  id,
  region,
  credentialSource: { type: 'keychain' },
  credentialState: 'ready',
  accessKeyHint: null,
  insecure: false,
})

/** The project with a second destination, whose bucket and visibility its files do not tell. */
const open: DjangoProject = {
  ...sampleDjangoProject,
  destinations: [
    known!,
    {
      ...known!,
      destination: {
        ...known!.destination,
        name: 'Static',
        kind: 'static',
        folderId: null,
        exclude: [],
        bucket: null,
        prefix: null,
      },
      sources: (['bucket', 'visibility', 'cacheControl'] as const).map((fact) => ({
        fact,
        setting: `Other.${fact}`,
        file: 'mysite/settings.py',
        line: 3,
        isOpen: true,
        variable: null,
      })),
    },
  ],
}

test('a profile that reaches the same service is taken, and the keys of another one are not', () => {
  const there = [profile('elsewhere', 'eu-west-1'), profile('same', 'us-east-1')]
  expect(formOfProject(sampleDjangoProject, there).profileIds).toEqual(['same'])
  expect(formOfProject(sampleDjangoProject, there.slice(0, 1)).profileIds).toEqual([null])
})

test('what no line says is asked, and nothing is kept before it is answered', () => {
  expect(openFacts(open.destinations[1]!)).toEqual(['bucket', 'visibility'])
  const form = formOfProject(open, [])
  expect(destinationFormProblems(form, 0, open)).toEqual({})
  expect(destinationFormProblems(form, 1, open)).toHaveProperty('bucket')
  const destinations = form.destinations.map((one, index) =>
    index === 1 ? { ...one, bucket: ' other ', prefix: 'static', visibility: 'private' as const } : one,
  )
  expect(destinationFormProblems({ ...form, destinations }, 1, open)).toEqual({})
  const [first, another] = savesOf(open, { ...form, destinations })
  expect(another).toBeUndefined()
  expect(first?.save.profile).toMatchObject({ bucketNames: ['sibtc-assets', 'other'] })
  expect(first?.save.destinations).toMatchObject([
    { bucket: 'sibtc-assets', prefix: 'media/public/' },
    { bucket: 'other', prefix: 'static/', visibility: 'private', baseUrl: null },
  ])
})

test('what is not wanted is not kept, and two of one name are refused', () => {
  const form = formOfProject(open, [])
  const off = form.destinations.map((one) => ({ ...one, wanted: false }))
  expect(savesOf(open, { ...form, destinations: off })).toEqual([])
  expect(withoutSaved(form, open, new Set([0])).destinations.map(({ wanted }) => wanted)).toEqual([
    false,
    false,
  ])
  const twins = form.destinations.map((one) => ({ ...one, bucket: 'b', name: 'Media' }))
  expect(destinationFormProblems({ ...form, destinations: twins }, 1, open)).toHaveProperty('name')
})

test('a bucket that is in a variable is asked for there, and nothing is kept without it', () => {
  const found = open.destinations[1]!
  const sources = found.sources.map((source) => ({ ...source, variable: 'BUCKET' }))
  const project = { ...open, destinations: [{ ...found, sources }] }
  const form = formOfProject(project, [])
  expect(openFacts(project.destinations[0]!)).toEqual([])
  expect([...missingVariables(project, form)]).toEqual(['BUCKET'])
  const off = { ...form, destinations: form.destinations.map((one) => ({ ...one, wanted: false })) }
  expect([...missingVariables(project, off)]).toEqual([])
})

test('a variable is asked for once, however many settings come from it', () => {
  const question = { file: 'mysite/settings.py', line: 3, variable: 'BUCKET', text: 'What is BUCKET?' }
  const questions = [
    { ...question, name: 'A' },
    { ...question, name: 'B' },
    { ...question, name: 'C', variable: null },
  ]
  const where = 'mysite/settings.py:3'
  expect(askedAnswers({ ...open, questions })).toEqual([
    { name: 'BUCKET', text: 'What is BUCKET?', where },
    { name: 'C', text: 'What is BUCKET?', where },
  ])
})

test('what a field asks for is not asked for by name, too', () => {
  const question = { file: 'mysite/storages.py', line: 3, variable: null, text: 'What is it?' }
  const setting = openFacts(open.destinations[1]!)[0]!
  const named = open.destinations[1]!.sources.find(({ fact }) => fact === setting)!.setting
  const questions = [
    { ...question, name: named },
    { ...question, name: 'STORAGES["more"]' },
    { ...question, name: 'Uploads.querystring_auth' },
  ]
  expect(askedAnswers({ ...open, questions }).map(({ name }) => name)).toEqual(['Uploads.querystring_auth'])
})

test('S48 of two locations that overlap one has to be left out, and one that is there already counts', () => {
  const whole = { ...known!.destination, name: 'Everything', prefix: '' }
  const project: DjangoProject = {
    ...sampleDjangoProject,
    destinations: [known!, { ...known!, destination: whole }],
  }
  const form = formOfProject(project, [])
  expect(destinationFormProblems(form, 0, project)).toEqual({})
  expect(destinationFormProblems(form, 1, project).overlap).toContain('“Public media”')
  const without = (index: number) => ({
    ...form,
    destinations: form.destinations.map((one, at) => (at === index ? { ...one, wanted: false } : one)),
  })
  expect(destinationFormProblems(without(0), 1, project)).toEqual({})
  expect(destinationFormProblems(without(1), 0, project)).toEqual({})
  const there = mediaDestination({
    bucket: 'sibtc-assets',
    prefix: 'media/',
    name: 'Old',
    profileId: 'same',
  })
  const kept = { ...without(1), profileIds: ['same'] }
  expect(destinationFormProblems(kept, 0, project, [there]).overlap).toContain('“Old”')
  // Of a new profile it is another one's.
  expect(destinationFormProblems(without(1), 0, project, [there])).toEqual({})
})

test('a private destination keeps the address at which CloudFront’s key signs, and no key without it', () => {
  const keyPairId = 'K2JCJMDEHXQW5F'
  const signed = {
    ...known!.destination,
    visibility: 'private' as const,
    baseUrl: 'https://x.org',
    keyPairId,
  }
  const project: DjangoProject = {
    ...sampleDjangoProject,
    destinations: [{ ...known!, destination: signed }],
  }
  const form = formOfProject(project, [])
  const at = (baseUrl: string) => ({
    ...form,
    destinations: form.destinations.map((one) => ({ ...one, baseUrl })),
  })
  const saved = (baseUrl: string) => savesOf(project, at(baseUrl))[0]?.save.destinations[0]
  expect(saved('https://x.org')).toMatchObject({ baseUrl: 'https://x.org', keyPairId })
  expect(saved('')).toMatchObject({ baseUrl: null })
  expect(saved('')).not.toHaveProperty('keyPairId')
  for (const right of ['https://x.org', 'HTTPS://x.org/media', ''])
    expect(destinationFormProblems(at(right), 0, project)).not.toHaveProperty('baseUrl')
  for (const wrong of ['x.org', 'https://x.org/?a', 'ftp://x.org'])
    expect(destinationFormProblems(at(wrong), 0, project).baseUrl).toBe(
      'Write the whole address, such as https://static.example.org, without ? and #.',
    )
})
