import { describe, expect, it } from 'vitest'
import type { UploadPlan } from '../../../src-preload/contract/upload-plan.ts'
import {
  metadataStaysText,
  namingText,
  planTitle,
  strippedText,
} from '../../../src-renderer/text/upload-text.ts'

const plan = (counts: UploadPlan['counts'], stripped?: number): UploadPlan => ({
  files: 3,
  sizeBytes: 1,
  rows: [],
  counts,
  warnings: [],
  fixable: false,
  lookedForExisting: false,
  ...(stripped === undefined ? {} : { stripped }),
})

describe('what is said of an upload before it starts', () => {
  it('names: how they are made, and nothing where they stay', () => {
    expect(namingText({ template: null, clean: 'as-is' })).toBeNull()
    expect(namingText({ template: '{slug}.{ext}', clean: 'as-is' })).toBe('Named {slug}.{ext}')
    expect(namingText({ template: null, clean: 'django' })).toBe('Names cleaned as Django does')
    expect(namingText({ template: '{name}', clean: 'tidy' })).toBe(
      'Named {name}, names cleaned as Django does',
    )
  })

  it('metadata: from how many pictures they go, and where they stay, which is no trouble of names', () => {
    expect(strippedText(plan({}))).toBeNull()
    expect(strippedText(plan({}, 2))).toBe('Location and other metadata will be removed from 2 pictures')
    expect(metadataStaysText(plan({}))).toBeNull()
    expect(metadataStaysText(plan({ 'metadata-stays': 1 }))).toBe(
      '1 file may tell everybody where it was taken',
    )
    expect(metadataStaysText(plan({ 'metadata-stays': 2 }))).toBe(
      '2 files may tell everybody where they were taken',
    )
    expect(planTitle(plan({ 'metadata-stays': 2 }))).toBeNull()
    expect(planTitle(plan({ 'metadata-stays': 2, case: 1 }))).toBe('1 name may cause trouble')
  })

  it('trouble of several kinds is not counted as if it were that of the same names', () => {
    expect(planTitle(plan({ address: 2 }))).toBe('2 names may cause trouble')
    expect(planTitle(plan({ address: 1, long: 1, case: 0 }))).toBe('Some names may cause trouble')
  })
})
