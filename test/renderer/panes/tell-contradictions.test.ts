import { describe, expect, it } from 'vitest'
import type { VisibilityReport } from '../../../src-preload/contract/visibility-report.ts'
import { createContradictionTeller } from '../../../src-renderer/panes/tell-contradictions.ts'
import { visibilityReport } from '../../visibility-report.ts'

function teller() {
  const told: string[] = []
  const waiting: (() => void)[] = []
  const take = createContradictionTeller(
    (id, { title }) => void told.push(`${id}: ${title}`),
    (act) => void waiting.push(act),
  )
  const found = (objects: number, more: Partial<VisibilityReport> = {}) =>
    take(
      visibilityReport({
        objects: 500,
        chosen: 500,
        exposed: { objects, sample: Array.from({ length: Math.min(objects, 20) }, (_, at) => `k${at}`) },
        ...more,
      }),
    )
  return {
    told,
    found,
    pass() {
      for (const act of waiting.splice(0)) act()
    },
  }
}

describe('S44 what contradicts what was asked for', () => {
  it('is told once, when all has been asked for', () => {
    const { told, found, pass } = teller()
    found(0)
    found(1)
    found(2, { state: 'done' })
    pass()
    expect(told).toEqual(['r: Everybody can read 2 files uploaded as private'])
  })

  it('is told after a moment where there is more to ask for, and in its place only with what came to it', () => {
    const same = teller()
    same.found(1)
    expect(same.told).toEqual([])
    same.pass()
    expect(same.told).toEqual(['r: Everybody can read 1 file uploaded as private'])
    same.found(1)
    same.found(1, { state: 'done' })
    expect(same.told).toHaveLength(1)
    const grown = teller()
    grown.found(1)
    grown.pass()
    grown.found(3, { state: 'stopped' })
    expect(grown.told).toHaveLength(2)
    expect(grown.told.at(-1)).toBe('r: Everybody can read 3 files uploaded as private')
  })

  it('of a watch is told once, and not by each round', () => {
    const { told, found } = teller()
    for (const reportId of ['one', 'two']) found(1, { cause: 'watch', causeId: 'w', reportId, state: 'done' })
    expect(told).toEqual(['w: Everybody can read 1 file synced as private'])
  })

  it('of a change of visibility is left to its outcome, which names as many', () => {
    const { told, found } = teller()
    found(1, { cause: 'visibility', objects: 200, state: 'done' })
    expect(told).toEqual([])
    found(1, { cause: 'visibility', objects: 201, state: 'done' })
    expect(told).toEqual(['r: Everybody can read 1 object that is to be private'])
  })
})
