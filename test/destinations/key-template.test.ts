import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  defaultKeyTemplate,
  fillKeyTemplate,
  keyTemplateProblem,
  keyTemplateReads,
  slugOf,
} from '../../src-preload/contract/key-template.ts'

const values = {
  folder: '',
  fileName: 'Ein Bild.final.JPG',
  at: new Date(2026, 2, 7, 23, 59),
  hash8: '55e7cbb9',
  uuid: '0c6b2f1e-8d9f-4d51-9a2b-0a1b2c3d4e5f',
}

describe('fillKeyTemplate', () => {
  it.each([
    ['{name}.{ext}', 'Ein Bild.final.JPG'],
    ['{slug}.{ext}', 'ein-bildfinal.JPG'],
    ['{yyyy}/{mm}/{dd}/{name}.{ext}', '2026/03/07/Ein Bild.final.JPG'],
    ['{name}.{hash8}.{ext}', 'Ein Bild.final.55e7cbb9.JPG'],
    ['{uuid}.{ext}', '0c6b2f1e-8d9f-4d51-9a2b-0a1b2c3d4e5f.JPG'],
    ['photos/{yyyy}-{slug}.{ext}', 'photos/2026-ein-bildfinal.JPG'],
  ])('%s makes %s', (template, key) => {
    expect(keyTemplateProblem(template)).toBeNull()
    expect(fillKeyTemplate(template, values)).toBe(key)
  })

  it('leaves out the dot where there is no extension, as Python tells extensions', () => {
    const named = (fileName: string) => fillKeyTemplate('{yyyy}/{name}.{ext}', { ...values, fileName })
    expect(named('LICENSE')).toBe('2026/LICENSE')
    expect(named('.htaccess')).toBe('2026/.htaccess')
    expect(named('a.tar.gz')).toBe('2026/a.tar.gz')
    expect(named('dot.')).toBe('2026/dot.')
  })

  it('keeps the folders of a dropped folder, before the last part', () => {
    const inFolder = { ...values, folder: 'trip/day 1/' }
    expect(fillKeyTemplate('{yyyy}/{mm}/{name}.{ext}', inFolder)).toBe(
      '2026/03/trip/day 1/Ein Bild.final.JPG',
    )
    expect(fillKeyTemplate('{hash8}.{ext}', inFolder)).toBe('trip/day 1/55e7cbb9.JPG')
  })

  it('does not take braces in a name for a template', () => {
    expect(fillKeyTemplate('{name}.{ext}', { ...values, fileName: '{uuid}{ext}.png' })).toBe(
      '{uuid}{ext}.png',
    )
  })

  it('gives a file its own name by default, whatever that is', () => {
    const name = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('/'))
    fc.assert(
      fc.property(name, (fileName) => {
        expect(fillKeyTemplate(defaultKeyTemplate, { ...values, fileName })).toBe(fileName)
      }),
      { numRuns: 50 },
    )
  })
})

describe('keyTemplateProblem', () => {
  it.each([
    ['', 'cannot be empty'],
    ['x'.repeat(300), 'at most 256 characters'],
    ['{nam}.{ext}', 'There is no {nam}. Use {name}, {slug}, {ext}'],
    ['{}.{ext}', 'There is no {}'],
    ['{name.{ext}', 'A brace is not closed'],
    ['name}.{ext}', 'A brace is not closed'],
    ['{yyyy}/{mm}.{ext}', 'All files would have the same key'],
    ['{name}', 'End with {ext}'],
    ['{ext}/{name}', 'End with {ext}'],
    ['/{name}.{ext}', 'Begin without a slash'],
    ['a//{name}.{ext}', 'A folder cannot be empty'],
    ['../{name}.{ext}', 'A folder cannot be empty, . or ..'],
    ['a\\{name}.{ext}', 'Folders are separated by /'],
    ['a\n{name}.{ext}', 'nothing is invisible'],
  ])('%j: %s', (template, words) => expect(keyTemplateProblem(template)).toContain(words))

  it('knows which templates need the bytes of the file', () => {
    expect(keyTemplateReads('{name}.{hash8}.{ext}')).toBe(true)
    expect(keyTemplateReads('{name}.{ext}')).toBe(false)
  })
})

describe('slugOf', () => {
  // Answers of django.utils.text.slugify, then those where it answers nothing.
  it.each([
    ['Hello, World!', 'hello-world'],
    ['  Joel is a slug  ', 'joel-is-a-slug'],
    ['Crème Brûlée', 'creme-brulee'],
    ['größe', 'groe'],
    ['a_b--c  d', 'a_b-c-d'],
    ['-_x_-', 'x'],
    ['½', '12'],
    ['фото 1', '1'],
    ['фото', 'фото'],
    ['🪣', 'file'],
  ])('%j becomes %j', (name, slug) => expect(slugOf(name)).toBe(slug))
})
